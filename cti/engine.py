"""The one loop: message, events, journal, advance, commands; one ordered lane a call."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from cti.agents_desk import AgentsDesk, lane_of
from cti.board import Board
from cti.core.agent import Agent, AgentState
from cti.core.agent_rules import AgentRules
from cti.core.call import Call, CallState, UnexpectedEvent
from cti.core.commands import CloseRecording, Command, HideCallerCard, ShowCallerCard
from cti.core.cut import cut
from cti.core.events import CallEvent, RecordingClosed
from cti.core.ids import CallId, LegId
from cti.core.ports import CallLog, Clock, ClosedRecording, PastEvents, PersonalFields, Recordings, Switch, Translator
from cti.core.reconcile import astray, ended_with, lives_on, missing, stranded
from cti.core.snapshot import Snapshot
from cti.core.story import Story
from cti.dialling import Dialling
from cti.journaling import Journal, Journaling
from cti.lanes import Lanes
from cti.lines import Lines
from cti.presence import Presence
from cti.recovery import Recovery
from cti.watching import Condition, Watching

FORGET_AFTER = timedelta(seconds=20)
"""An ended call stays visible this long, for desks that were just reconnecting."""
SWEEP_EVERY = 5.0
CLOSE_AFTER = 1.0
"""MixMonitor writes its last second after the hang-up. Files are then closed together, once so many seconds."""
REPAIR_FIRST = 15.0
"""After the first snapshot: until then no call is known to be live."""
REPAIR_EVERY = 240.0
CUT_AFTER = 1.5
"""A hang-up may still be on its way when a snapshot no longer shows the leg."""

NOTHING_YET = Story()
Told = tuple[CallEvent, Story, list[Command]]
"""An event, the story with it, and what follows from it."""

log = structlog.get_logger(__name__)


class Engine:
    """Live calls of one node. `on_message` and `on_snapshot` never wait: what must, goes into a lane."""

    def __init__(
        self,
        *,
        journal: Journal,
        personal: PersonalFields,
        switch: Switch,
        clock: Clock,
        translator: Translator,
        recordings: Recordings | None,
        past: PastEvents | None,
        tasks: asyncio.TaskGroup,
        rules: AgentRules,
        call_log: CallLog | None = None,
    ) -> None:
        self.stories: dict[CallId, Story] = {}
        self.switch = switch
        self.clock = clock
        self._translator, self._recordings, self._tasks = translator, recordings, tasks
        self._loop = asyncio.get_running_loop()
        self.lanes = Lanes(tasks)
        self._heard: defaultdict[CallId, list[tuple[Mapping[str, str], datetime]]] = defaultdict(list)
        self._journaling = Journaling(journal, personal)
        self.agents = AgentsDesk(
            journaling=self._journaling,
            switch=switch,
            clock=clock,
            lanes=self.lanes,
            rules=rules,
        )
        self.presence = Presence(self.agents)
        self.lines = Lines(
            desk=self.agents, stories=self.stories, switch=switch, clock=clock, lanes=self.lanes, tell=self.tell
        )  # fmt: skip
        self.board = Board(self.stories, self.agents.agents, self._loop, clock.now())
        self.agents.board = self.board
        self.dialling = Dialling(self.agents, switch, clock, self.lanes)
        self.recovery = Recovery(self, past, personal, call_log)
        self._watching = Watching(self.stories)
        self.watchers = self._watching.watchers
        self.watchers.append(self.board.figures.noticed)
        self._ended: list[tuple[float, CloseRecording]] = []
        self.generation = 0
        self._lost_at: datetime | None = None
        self._switch_since: datetime | None = None
        self.repaired: int | None = None
        self.unreadable = 0

    async def run(self) -> None:
        """Forget ended calls, show the journal's health; until cancelled."""
        self._tasks.create_task(self._repair(), name="recording repair")
        self._tasks.create_task(self.presence.run(), name="presence")
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            self._free_stranded()
            self._forget(self.clock.now() - FORGET_AFTER)
            self.board.health_changed("journal", "failing" if self._journaling.failing else "up")
            self.lanes.put("call log", partial(self.recovery.missed.look_after, self.board.health["ami"]))

    # ---- in: what the switch says

    def on_message(self, message: Mapping[str, str]) -> None:
        if self._translator.is_about_dial(message):
            dial = self._translator.dial_of(message, self.clock.now())
            return self.dialling.heard(dial) if dial is not None else None
        call_id = CallId(self._translator.call_of(message))
        if call_id and (call_id in self.lanes or self.recovery.is_unread(call_id)):
            waiting = self._heard[call_id]
            waiting.append((message, self.clock.now()))
            if len(waiting) == 1:
                self.lanes.put(call_id, partial(self._hear, call_id))
            return
        if call_id:
            self._go_on(call_id, self._told(call_id, [(message, self.clock.now())]))
            return
        self._switch_since = self._translator.started_at(message, self.clock.now()) or self._switch_since
        line = self._translator.line_of(message)
        if line is not None:
            self.lanes.put(lane_of(line.agent), partial(self.lines.seen, line))

    def on_lost(self) -> None:
        """The switch is not heard any more: what it ended with itself ended now, not when it is back."""
        self._lost_at = self._lost_at or self.clock.now()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Reconcile what we believe with what is there; an older connection's answer is void."""
        if snapshot.generation < self.generation:
            return
        self.generation = snapshot.generation
        self.lanes.put("resync", partial(self._resync, snapshot))

    async def _hear(self, call_id: CallId) -> None:
        """Every message that is waiting goes to the journal together: one wait for all of them."""
        await self.recovery.read(call_id)
        await self._enact(self._told(call_id, self._heard.pop(call_id, ())))

    def _told(self, call_id: CallId, messages: Iterable[tuple[Mapping[str, str], datetime]]) -> list[Told]:
        """What the messages say, event by event, with the story after each."""
        story: Story = self.stories.get(call_id, NOTHING_YET)
        told: list[Told] = []
        for message, now in messages:
            for event in self._read(message, story, now):
                step = _step(story, event)
                if step is not None:
                    story = step[0]
                    told.append((event, *step))
        return told

    def _go_on(self, call_id: CallId, told: Sequence[Told]) -> None:
        """The call's lane is idle: only what somebody acts upon has to wait there for the disk."""
        if any(_is_acted_upon(event, commands) for event, _, commands in told):
            self.lanes.put(call_id, partial(self._enact, told))
        elif told:
            self._journaling.note([event for event, _, _ in told])
            self._act(told)

    def _read(self, message: Mapping[str, str], story: Story, now: datetime) -> list[CallEvent]:
        """One message that cannot be read never keeps the others from being heard."""
        try:
            return self._translator.events_of(message, story, now)
        except Exception as error:
            self.unreadable += 1
            log.error("message_unreadable", alarm=True, event_name=message.get("Event"), reason=repr(error))
            return []

    async def tell(self, event: CallEvent) -> None:
        """Journal an event, move its call, do what follows. Runs in the call's lane."""
        step = _step(self.stories.get(event.call_id, NOTHING_YET), event)
        if step is not None:
            await self._enact([(event, *step)])

    async def note(self, event: CallEvent) -> None:
        """Journal what is said of a call that is over and forgotten here: the store still wants it."""
        await self._journaling.write([event])

    async def tell_past(self, events: Sequence[CallEvent]) -> None:
        """Journal what is over already, in one go: of agents only those are told of it whom it still concerns.

        Whoever wrote it down may tell of the caller's end before the agent's, or not know of that one yet.
        """
        call_id = events[0].call_id
        told: list[Told] = []
        story = self.stories.get(call_id, NOTHING_YET)
        for past in events:
            for event in (*ended_with(story.call, past), past):
                step = _step(story, event)
                if step is not None:
                    story = step[0]
                    told.append((event, *step))
        await self._journaling.write([event for event, _, _ in told])
        self._act([(event, story, commands) for event, _, commands in told])

    async def _enact(self, told: Sequence[Told]) -> None:
        await self._journaling.write([event for event, _, _ in told])
        self._act(told)

    def _act(self, told: Sequence[Told]) -> None:
        for event, story, commands in told:
            self.stories[event.call_id] = story
            if story.still_holds(event):
                self.agents.notice(event)
            if story.call is not None:
                self._watching.moved(event, story.call)
            for command in commands:
                self._carry_out(command)
        if told and story.call is not None:
            self.board.call_changed(story.call)

    async def until(self, call_id: CallId, condition: Condition, *, seconds: float = 5.0) -> Call:
        """See `Watching.until`."""
        return await self._watching.until(call_id, condition, seconds=seconds)

    # ---- out: what a call's events ask for

    def _carry_out(self, command: Command) -> None:
        match command:
            case CloseRecording():
                if not self._ended:
                    self._loop.call_later(CLOSE_AFTER, self.lanes.put, "recordings", self._close)
                self._ended.append((self._loop.time(), command))
            case ShowCallerCard(agent=agent) | HideCallerCard(agent=agent):
                known = self.agents.agents.get(agent)
                if known is not None:
                    self.board.agent_changed(known)
            case _:
                log.error("command_without_hand", command=type(command).__name__)

    async def _close(self) -> None:
        """Outside the calls' lanes: wrapping a long recording must not hold up anything."""
        settled = self._loop.time() - CLOSE_AFTER
        due = [command for ended_at, command in self._ended if ended_at <= settled]
        self._ended = [each for each in self._ended if each[0] > settled]
        if self._ended:
            self._loop.call_later(CLOSE_AFTER, self.lanes.put, "recordings", self._close)
        if self._recordings is None or not due:
            return
        closed = await self._recordings.close_all([(each.path, each.call_id, each.leg, each.role) for each in due])
        for command, result in zip(due, closed, strict=True):
            if isinstance(result, ClosedRecording):
                self.recording_closed(command.call_id, command.leg, command.role, result)
            else:
                call_id, leg, reason = command.call_id, command.leg, str(result)
                log.error("recording_not_closed", alarm=True, call_id=call_id, leg=leg, reason=reason)

    def recording_closed(self, call_id: CallId, leg: LegId, role: str, closed: ClosedRecording) -> None:
        """A playable file exists: the call's lane journals it."""
        event = RecordingClosed(
            call_id=call_id,
            at=self.clock.now(),
            leg=leg,
            role=role,
            uri=closed.uri,
            sha256=closed.sha256,
            bytes=closed.bytes,
            seconds=closed.seconds,
        )
        if call_id in self.lanes:
            self.lanes.put(call_id, partial(self._recorded, event))
        else:
            self._note_recorded(event)

    async def _repair(self) -> None:
        """Raw files that a crash left behind become whole, and are journaled like any other."""
        while self._recordings is not None:
            await asyncio.sleep(REPAIR_FIRST if self.repaired is None else REPAIR_EVERY)
            if not self.generation:
                continue
            if self.repaired is None:
                await self._close_forgotten()
            try:
                found = await self._recordings.repair(set(self.stories))
            except Exception as error:
                log.error("recordings_not_repaired", alarm=True, reason=str(error))
                found = []
            self.repaired = (self.repaired or 0) + len(found)
            for each in found:
                self.recording_closed(each.call_id, each.leg, each.role, each.closed)

    async def _close_forgotten(self) -> None:
        """A file may be finished, and its raw one gone, without our having lived to say so."""
        try:
            ended = await self.recovery.unclosed()
            closed = await self._recordings.close_all(ended) if self._recordings is not None and ended else ()
        except Exception as error:
            log.error("recordings_not_repaired", alarm=True, reason=str(error))
            return
        for (_, call_id, leg, role), result in zip(ended, closed, strict=True):
            if isinstance(result, ClosedRecording):
                self.recording_closed(call_id, leg, role, result)
            else:
                log.warning("recording_not_there", call_id=call_id, leg=leg, reason=str(result))

    async def _recorded(self, event: RecordingClosed) -> None:
        self._note_recorded(event)

    def _note_recorded(self, event: RecordingClosed) -> None:
        story = self.stories.get(event.call_id)
        step = _step(story, event) if story is not None else None
        if step is not None:
            self.stories[event.call_id] = step[0]
        if step is not None or story is None:  # closed after the call was forgotten: the journal still wants it
            self._journaling.note([event])

    # ---- resync

    async def _resync(self, snapshot: Snapshot) -> None:
        await self.recovery.agents_of(snapshot)
        self.agents.reconciled = True
        await self.recovery.unfinished(snapshot)
        await self.recovery.calls_of(snapshot)
        await self.recovery.agents_asked()
        gone = missing(snapshot, [story.call for story in self.stories.values() if story.call])
        if gone:
            self._loop.call_later(CUT_AFTER, self._cut, gone, snapshot)
        else:
            self._lost_at = None
        log.info("resynced", generation=snapshot.generation, legs=len(snapshot.legs), missing=len(gone))

    def _cut(self, gone: Sequence[CallId], snapshot: Snapshot) -> None:
        if snapshot.generation == self.generation:
            at, self._lost_at = self._lost_at, None
            for call_id in gone:
                self.lanes.put(call_id, partial(self._cut_one, call_id, at, snapshot.at))

    async def _cut_one(self, call_id: CallId, lost_at: datetime | None, looked_at: datetime) -> None:
        """Its end is dated by the last that is known of it, also where nobody was there to notice."""
        story = self.stories.get(call_id)
        if story is None or story.call is None or story.call.state is CallState.ENDED:
            return
        if lives_on(story.events, looked_at):
            return
        sound_at = await self._last_sound(call_id)
        now, since = self.clock.now(), self._switch_since
        ended = cut(call_id, story.events, now=now, lost_at=lost_at, sound_at=sound_at, switch_since=since)
        await self.tell_past([ended])

    async def _last_sound(self, call_id: CallId) -> datetime | None:
        try:
            return await self._recordings.last_written(call_id) if self._recordings is not None else None
        except OSError as error:
            log.error("recording_not_looked_at", alarm=True, call_id=call_id, reason=str(error))
            return None

    def _free_stranded(self) -> None:
        """Nobody stays at a call that is over; that it was needed is a defect, and said so."""
        for agent in list(self.agents.agents.values()):
            story = self.stories.get(agent.call_id or CallId(""))
            event = stranded(agent, story.call if story else None, self.clock.now())
            if event is not None and event.call_id not in self.lanes:
                log.error("agent_stranded", alarm=True, agent=agent.id, call_id=event.call_id)
                self.agents.notice(event)
            self._find(agent)

    def _find(self, agent: Agent) -> None:
        """Nobody who talks is shown as free; that he was is a defect too."""
        call = astray(agent, [story.call for story in self.stories.values() if story.call])
        if call is not None and call.id not in self.lanes and lane_of(agent.id) not in self.lanes:
            log.error("agent_astray", alarm=True, agent=agent.id, call_id=call.id, state=agent.state.value)
            self.agents.place(agent.id, AgentState.TALKING, self.stories[call.id])

    def _forget(self, before: datetime) -> None:
        in_wrap_up = {agent.call_id for agent in self.agents.agents.values()}
        over = [
            call_id
            for call_id, story in self.stories.items()
            if (story.call is None or (story.call.ended_at is not None and story.call.ended_at < before))
            and call_id not in in_wrap_up
        ]
        for call_id in over:
            del self.stories[call_id]
        self.board.calls_forgotten(over)


def _step(story: Story, event: CallEvent) -> tuple[Story, list[Command]] | None:
    """The story with one more event; None for what it knows already or cannot take."""
    if story.knows(event):
        return None
    try:
        return story.with_event(event)
    except UnexpectedEvent as stray:
        log.info("event_unexpected", call_id=event.call_id, reason=str(stray))
        return None


def _is_acted_upon(event: CallEvent, commands: Sequence[Command]) -> bool:
    """Whether an agent or the switch does something because of it; a recording is closed much later anyway."""
    return hasattr(event, "agent") or any(not isinstance(command, CloseRecording) for command in commands)

"""Finds the state again: after a new AMI session, and after a restart of cti."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from cti.agent_memory import recall
from cti.agents_desk import lane_of
from cti.core.agent import AgentState
from cti.core.call import WITH_AGENT
from cti.core.codec import UnknownKind, decode
from cti.core.events import CallEvent
from cti.core.ids import AgentId, CallId
from cti.core.membership import adopted, corrections
from cti.core.ports import CallLog, EndedRecording, JournalEntry, PastEvents, PersonalFields
from cti.core.reconcile import arrivals, catch_up, is_outdated, unclosed
from cti.core.reconcile_legs import legs_caught_up
from cti.core.refusals import Refusal
from cti.core.snapshot import Member, Snapshot
from cti.core.story import Story, tell
from cti.missed import Missed

if TYPE_CHECKING:
    from cti.engine import Engine

log = structlog.get_logger(__name__)


class Recovery:
    """Memory first, then the journal, then what the switch shows."""

    def __init__(
        self, engine: Engine, past: PastEvents | None, personal: PersonalFields, call_log: CallLog | None
    ) -> None:
        self._engine, self._past, self._personal = engine, past, personal
        self._asked = False
        self._looked = False
        self._unfinished: set[CallId] = set()
        self._adopted: list[AgentId] = []
        self.missed = Missed(engine, call_log, self.from_journal)

    # ---- agents

    async def agents_of(self, snapshot: Snapshot) -> None:
        """Agents whom we know are put right in the queues; those whom only the queues know are adopted."""
        members: dict[AgentId, list[Member]] = defaultdict(list)
        for member in snapshot.members:
            members[member.agent].append(member)
        for agent_id, known in members.items():
            held = self._engine.agents.agents.get(agent_id)
            if held is None or held.state is AgentState.OFFLINE:
                self._engine.agents.adopt(adopted(agent_id, known, snapshot.at))
                self._adopted.append(agent_id)
        for agent in list(self._engine.agents.agents.values()):
            mine = members.get(agent.id, [])
            self._engine.lanes.put(lane_of(agent.id), partial(self._put_right, agent.id, mine))

    async def agents_asked(self) -> None:
        """Once an agent's state is right: what he had asked for before our start."""
        adopted_now, self._adopted = self._adopted, []
        await recall(self._engine.agents, self._past, self._personal, adopted_now)

    async def _put_right(self, agent_id: AgentId, members: list[Member]) -> None:
        agent = self._engine.agents.agents[agent_id]
        for command in corrections(agent, members):
            try:
                await self._engine.switch.carry_out(command)
            except Refusal as refusal:
                log.error("agent_not_put_right", agent=agent_id, reason=refusal.code)
        if members:
            await self._engine.lines.found(agent_id, any(member.reachable for member in members))

    # ---- calls

    async def calls_of(self, snapshot: Snapshot) -> None:
        """Calls out of the journal, callers never heard of, then what each call missed."""
        stories = self._engine.stories
        unread = set() if self._looked else set(stories) - self._unfinished
        strangers = {leg.call_id for leg in snapshot.legs if leg.is_caller or leg.role} - (set(stories) - unread)
        for past in await self.from_journal(sorted(strangers | unread)):
            if past.call is None:
                continue
            if past.call.id in unread:
                self._engine.lanes.put(past.call.id, partial(self._join, past))
                continue
            story = stories.setdefault(past.call.id, past)
            self._place_agents(story)
            self._engine.board.call_changed(story.call or past.call)
        self._looked = True
        for call_id in sorted(unread):
            self._engine.lanes.put(call_id, partial(self._place_again, call_id))
        for arrived in arrivals(snapshot, set(stories)):
            self._engine.lanes.put(arrived.call_id, partial(self._engine.tell, arrived))
        await self.missed.catch_up(snapshot)
        for call_id in {leg.call_id for leg in snapshot.legs}:
            self._engine.lanes.put(call_id, partial(self._catch_up, call_id, snapshot))

    def is_unread(self, call_id: CallId) -> bool:
        """Told of by the switch before we looked: whether it is new, or goes on, only the journal knows."""
        return self._past is not None and not self._looked and call_id not in self._engine.stories

    async def read(self, call_id: CallId) -> None:
        """Its beginning first, in its lane; what is told of a call that had begun is then no second arrival."""
        if self.is_unread(call_id):
            for story in await self.from_journal([call_id]):
                self._engine.stories.setdefault(call_id, story)

    async def _join(self, past: Story) -> None:
        """The switch told of the call before we had looked: what went before is its beginning all the same."""
        if past.call is None:
            return
        live = self._engine.stories.get(past.call.id)
        new = [event for event in live.events if event not in past.events] if live else []
        self._engine.stories[past.call.id] = tell([*past.events, *new])

    async def _place_again(self, call_id: CallId) -> None:
        """His agents were not known yet when it told of them."""
        story = self._engine.stories.get(call_id)
        if story is not None and story.call is not None:
            self._place_agents(story)
            self._engine.board.call_changed(story.call)

    async def unfinished(self, snapshot: Snapshot) -> None:
        """Once: calls that were live when cti stopped and that the switch no longer has."""
        if self._past is None or self._asked:
            return
        self._asked = True
        try:
            open_calls = {CallId(call_id) for call_id in await self._past.unfinished_calls()}
        except Exception as error:
            log.error("journal_not_readable", alarm=True, reason=str(error))
            return
        live = {leg.call_id for leg in snapshot.legs}
        for story in await self.from_journal(sorted(open_calls - live - set(self._engine.stories))):
            if story.call is not None and story.call.arrived_at < snapshot.at:
                self._unfinished.add(story.call.id)
                self._engine.stories.setdefault(story.call.id, story)

    async def unclosed(self) -> list[EndedRecording]:
        """Recordings of calls that are over, of which we died before a finished file was told."""
        if self._past is None:
            return []
        over = set(await self._past.unclosed_recordings()) - set(self._engine.stories)
        stories = await self.from_journal([CallId(call_id) for call_id in sorted(over)])
        return [recording for story in stories for recording in unclosed(story.events)]

    async def _catch_up(self, call_id: CallId, snapshot: Snapshot) -> None:
        """Gone legs first, then the queue, then the talk: each judged on the call as it then is; bridges last."""
        for _ in range(3):
            story = self._engine.stories.get(call_id)
            events = catch_up(snapshot, story.call) if story and story.call else []
            fresh = [event for event in events if story and not is_outdated(event, story.events)]
            if not fresh:
                break
            await self._engine.tell(fresh[0])
        story = self._engine.stories.get(call_id)
        for event in legs_caught_up(snapshot, story.call) if story and story.call else ():
            if story and not is_outdated(event, story.events):
                await self._engine.tell(event)

    def _place_agents(self, story: Story) -> None:
        call = story.call
        if call is None:
            return
        if call.talking is not None and call.state in WITH_AGENT:
            self._engine.agents.place(call.talking.agent, AgentState.TALKING, story)
        for ring in call.ringing:
            self._engine.agents.place(ring.agent, AgentState.RINGING, story)

    async def from_journal(self, call_ids: Sequence[CallId]) -> list[Story]:
        if self._past is None or not call_ids:
            return []
        try:
            entries = await self._past.entries_of_calls(list(call_ids))
        except Exception as error:
            log.error("journal_not_readable", alarm=True, reason=str(error))
            return []
        events: dict[CallId, list[CallEvent]] = defaultdict(list)
        for entry in entries:
            event = self._decoded(entry)
            if event is not None:
                events[event.call_id].append(event)
        return [tell(told) for told in events.values()]

    def _decoded(self, entry: JournalEntry) -> CallEvent | None:
        try:
            event = decode(entry, self._personal)
        except (UnknownKind, KeyError, TypeError, ValueError) as error:
            log.error("journal_row_unreadable", kind=entry.kind, reason=type(error).__name__)
            return None
        return event if isinstance(event, CallEvent) else None

"""Three-way talks: ask a specialist, consult, swap, merge, leave. Guards first, then one act of the switch."""

from __future__ import annotations

from cti.call_control import NORMAL, is_in_room
from cti.call_guards import (
    ASKING,
    TOGETHER,
    CallGuards,
    asked_leg,
    asker,
    free_for_third,
    is_merged,
    is_swapped,
    state_of,
)
from cti.core.about import NOTHING, About, Spoken
from cti.core.call import AgentLeg, Call, CallState
from cti.core.commands import HangUpLeg, RetrieveCaller
from cti.core.directory import Directory, Entry
from cti.core.ids import AgentId, CallId
from cti.core.leg import LegState
from cti.core.leg_events import SpecialistAsked, SpecialistNotReached, SpecialistSolved
from cti.core.refusals import (
    AlreadySo,
    CallGone,
    NobodyAsked,
    NobodyThere,
    NoSuchEntry,
    NotInRoom,
    NotYourCall,
    Refusal,
)
from cti.core.room_commands import AskThird, BringBack, RetrieveLeg, StopAsking, SwapLegs
from cti.core.story import Story
from cti.core.threeway import ThreeWayState
from cti.engine import Engine

STAYING = frozenset({"specialist", "centre", "emergency"})


class RoomControl:
    """Each command is judged on the call as it is when its turn comes."""

    def __init__(self, engine: Engine, guards: CallGuards, directory: Directory, spoken: Spoken) -> None:
        self._engine, self._guards, self._directory, self._spoken = engine, guards, directory, spoken

    def entry(self, entry_id: str) -> Entry:
        entry = self._directory.get(entry_id)
        if entry is None:
            raise NoSuchEntry(entry_id)
        return entry

    def said(self, about: About) -> About:
        """What the specialist can be told of it."""
        return self._spoken.of(about)

    async def three_way(self, actor: AgentId, call_id: CallId, entry_id: str, about: About = NOTHING) -> None:
        """Music for the caller, and the entry's numbers ring one after another."""
        entry = self.entry(entry_id)
        call, leg = self._guards.mine(actor, call_id)
        free_for_third(call)
        await self.ask(actor, call, leg, entry, about)

    async def ask(self, actor: AgentId, call: Call, leg: AgentLeg, entry: Entry, about: About) -> None:
        said = self.said(about)
        await self.tell_asked(actor, call, entry, said)
        agent_channel = None if is_in_room(call) else leg.channel
        command = AskThird(
            call_id=call.id,
            caller_channel=call.caller_channel,
            agent_channel=agent_channel,
            entry=entry.id,
            kind=said.kind,
            class_code=said.class_code,
        )
        try:
            await self._engine.switch.carry_out(command)
        except Refusal:
            at = self._engine.clock.now()
            await self._guards.tell(SpecialistNotReached(call_id=call.id, at=at, entry=entry.id, reason="dead"))
            raise
        await self._guards.seen(call.id, lambda now: state_of(now) is not ThreeWayState.ASKED)

    async def tell_asked(self, actor: AgentId, call: Call, entry: Entry, said: About) -> None:
        """A fact of the case, before any phone rings."""
        asked = SpecialistAsked(
            call_id=call.id,
            at=self._engine.clock.now(),
            entry=entry.id,
            department=entry.department_name,
            agent=actor,
            numbers=len(entry.numbers),
            kind=said.kind,
            class_code=said.class_code,
            summary=said.summary,
        )
        await self._guards.tell(asked)

    async def cancel(self, actor: AgentId, call_id: CallId) -> None:
        """Nobody rings any more, and the caller is back with the agent."""
        call, _ = self._guards.mine(actor, call_id)
        if state_of(call) not in ASKING:
            raise NobodyThere if state_of(call) in TOGETHER else NobodyAsked
        await self._guards.do(StopAsking(call_id=call_id, caller_channel=call.caller_channel))
        await self._guards.seen(call_id, lambda now: state_of(now) not in ASKING and now.state is not CallState.HELD)

    async def next_number(self, actor: AgentId, call_id: CallId) -> None:
        """The phone that rings is let go; the dialplan takes the next number, or says that there is none."""
        call, _ = self._guards.mine(actor, call_id)
        ringing = next((leg for leg in call.legs_of("specialist") if leg.leg == asked_leg(call)), None)
        if state_of(call) not in ASKING or ringing is None:
            raise NobodyAsked
        await self._guards.do(HangUpLeg(call_id=call_id, channel=ringing.channel, cause=NORMAL))
        await self._guards.seen(call_id, lambda now: asked_leg(now) != ringing.leg or state_of(now) not in ASKING)

    async def merge(self, actor: AgentId, call_id: CallId) -> None:
        """Everybody into the room, whoever hears music now."""
        call, _ = self._guards.mine(actor, call_id)
        third = self._guards.third(call)
        if call.state is not CallState.HELD and not third.held:
            raise AlreadySo
        if third.held:
            await self._guards.do(RetrieveLeg(call_id=call_id, channel=third.channel))
        if call.state is CallState.HELD:
            await self._guards.do(RetrieveCaller(call_id=call_id, caller_channel=call.caller_channel))
        await self._guards.seen(call_id, lambda now: now.state is not CallState.HELD and is_merged(now))

    async def swap(self, actor: AgentId, call_id: CallId) -> None:
        """The one who hears music  the other one hears it."""
        call, _ = self._guards.mine(actor, call_id)
        third, comes = self._guards.third(call), call.state is CallState.HELD
        if comes == third.held:
            raise NotInRoom
        await self._guards.do(
            SwapLegs(call_id=call_id, caller_channel=call.caller_channel, leg_channel=third.channel, caller_comes=comes)
        )
        await self._guards.seen(call_id, lambda now: is_swapped(now, third.leg, comes))

    async def solved(self, actor: AgentId, call_id: CallId, entry_id: str, solved: bool) -> None:
        """What came of it; may be said again, and also when the call is long over: until the case is saved."""
        story = await self._story(call_id)
        asked = [each for each in story.events if isinstance(each, SpecialistAsked) and each.entry == entry_id]
        if not asked:
            raise NobodyAsked
        if asked[-1].agent != actor:
            raise NotYourCall
        at = self._engine.clock.now()
        said = SpecialistSolved(call_id=call_id, at=at, entry=entry_id, agent=actor, solved=solved)
        if call_id in self._engine.stories:
            await self._guards.tell(said)
        else:
            await self._engine.note(said)

    async def _story(self, call_id: CallId) -> Story:
        """Also of a call that was forgotten: as the journal has it."""
        live = self._engine.stories.get(call_id)
        if live is not None:
            return live
        written = await self._engine.recovery.from_journal([call_id])
        if not written:
            raise CallGone
        return written[0]

    async def leave(self, actor: AgentId, call_id: CallId) -> None:
        """The agent goes, the two others go on: whoever hears music comes into the room first."""
        call, mine = self._guards.mine(actor, call_id)
        others = [leg for leg in call.legs if leg.lives and leg.state is LegState.UP and leg.role in STAYING]
        if not others or state_of(call) in ASKING:
            raise NobodyThere
        for leg in others:
            if leg.held:
                await self._guards.do(RetrieveLeg(call_id=call_id, channel=leg.channel))
        if call.state is CallState.HELD:
            await self._guards.do(RetrieveCaller(call_id=call_id, caller_channel=call.caller_channel))
        await self._guards.do(HangUpLeg(call_id=call_id, channel=mine.channel, cause=NORMAL))
        await self._guards.seen(call_id, lambda now: now.talking is None or now.talking.leg != mine.leg)

    async def rejoin(self, actor: AgentId, call_id: CallId) -> None:
        """An agent whose browser was lost comes back to the two who went on: his own phone rings."""
        call = self._guards.of(call_id)
        if call.state is not CallState.ROOM:
            raise NotInRoom
        if actor not in {leg.party for leg in call.legs if leg.role == "agent"} | {asker(call)}:
            raise NotYourCall
        await self._guards.do(BringBack(call_id=call_id, caller_channel=call.caller_channel, agent=actor))

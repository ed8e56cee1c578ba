"""Who is signed on, ready, talking or in wrap-up; drives the queues by add, remove and pause only."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from cti.after_calls import AfterCalls
from cti.core.agent import CONCERNED, Agent, AgentState, advance
from cti.core.agent_rules import AWAY, AgentRules
from cti.core.call import UnexpectedEvent
from cti.core.commands import Command
from cti.core.events import AgentBecameReady, AgentEvent, AgentPaused, AgentSignedOff, AgentSignedOn, CallEvent
from cti.core.ids import AgentId
from cti.core.leg_events import SupervisionEnded, SupervisionStarted
from cti.core.ports import Clock, Switch
from cti.core.presence_events import (
    AgentHandLowered,
    AgentHandRaised,
    AgentPauseAsked,
    AgentPauseWithdrawn,
    AgentWrapUpExtended,
)
from cti.core.refusals import AmiDown, InCall, NoExtensionLeft, NotInWrapUp, NotSignedOn, Refusal, UnknownReason
from cti.core.skills import Skill, penalties_of
from cti.core.story import Story
from cti.journaling import Journaling
from cti.lanes import Lanes, lane_of

if TYPE_CHECKING:
    from cti.board import Board

__all__ = ["AT_A_CALL", "AgentsDesk", "lane_of"]

AT_A_CALL = frozenset({AgentState.RINGING, AgentState.TALKING})

log = structlog.get_logger(__name__)


class AgentsDesk:
    """Live agents. Every change of one agent runs in that agent's lane."""

    def __init__(
        self, *, journaling: Journaling, switch: Switch, clock: Clock, lanes: Lanes, rules: AgentRules
    ) -> None:
        self.agents: dict[AgentId, Agent] = {}
        self.board: Board | None = None
        self.rules = rules
        self.clock, self.lanes = clock, lanes
        self.reconciled = False
        """Until the first snapshot is taken in, the queues may know more of an agent than we do: hands off."""
        self.without_desk: set[AgentId] = set()
        self.rings_taken: set[AgentId] = set()
        """Whose ring we ended ourselves, for the page was gone: that is no missed call."""
        self._journaling, self._switch = journaling, switch
        self.after_calls = AfterCalls(self)

    # ---- what a desk asks for

    async def sign_on(self, agent: AgentId, skills: tuple[Skill, ...]) -> None:
        """Become a paused member of these queues; signing on again keeps the state (a page reload)."""
        self._need_switch()
        self.without_desk.discard(agent)
        known = self.agents.setdefault(agent, Agent(id=agent))
        penalties = penalties_of(skills, self.rules.overflow)
        queues, beside = tuple(penalties), tuple(penalties.values())
        if known.state is AgentState.OFFLINE or (known.queues, known.penalties) != (queues, beside):
            await self.tell(AgentSignedOn(agent=agent, at=self.clock.now(), queues=queues, penalties=beside))

    async def sign_off(self, agent: AgentId, by: str = "") -> None:
        if self._of(agent).state is AgentState.TALKING:
            raise InCall
        self._need_switch()
        await self.tell(AgentSignedOff(agent=agent, at=self.clock.now(), by=by))

    async def ready(self, agent: AgentId, by: str = "", after: str = "") -> None:
        """Ready now; during a call: the pause that was asked for is not wanted any more.

        With `after` only out of a pause for this reason: what was asked for meanwhile stays.
        """
        known = self._of(agent)
        if after and (known.state, known.reason) != (AgentState.PAUSED, after):
            return
        if known.state in AT_A_CALL:
            if not known.pause_asked:
                raise InCall
            await self.tell(AgentPauseWithdrawn(agent=agent, at=self.clock.now(), by=by))
        elif known.state is not AgentState.READY:
            self._need_switch()
            await self.tell(AgentBecameReady(agent=agent, at=self.clock.now(), by=by))

    async def pause(self, agent: AgentId, reason: str, by: str = "") -> None:
        """Pause now; during a call: once the call and its wrap-up are over."""
        if not self.rules.allows_reason(reason) and reason != AWAY:
            raise UnknownReason(reason)
        if self._of(agent).state in AT_A_CALL:
            await self.tell(AgentPauseAsked(agent=agent, at=self.clock.now(), reason=reason, by=by))
            return
        self._need_switch()
        await self.tell(AgentPaused(agent=agent, at=self.clock.now(), reason=reason, by=by))

    async def wrap_up_done(self, agent: AgentId) -> None:
        if self._of(agent).state is not AgentState.WRAP_UP:
            raise NotInWrapUp
        self._need_switch()
        await self.after_calls.wrap_up_over(agent)

    async def wrap_up_extend(self, agent: AgentId) -> None:
        known = self._of(agent)
        if known.state is not AgentState.WRAP_UP:
            raise NotInWrapUp
        if known.extensions_left <= 0:
            raise NoExtensionLeft
        seconds = self.rules.wrap_up_extension_seconds
        await self.tell(AgentWrapUpExtended(agent=agent, at=self.clock.now(), seconds=seconds))

    async def raise_hand(self, agent: AgentId) -> None:
        if self._of(agent).hand_raised_at is None:
            await self.tell(AgentHandRaised(agent=agent, at=self.clock.now()))

    async def lower_hand(self, agent: AgentId) -> None:
        if self._of(agent).hand_raised_at is not None:
            await self.tell(AgentHandLowered(agent=agent, at=self.clock.now()))

    async def desk_gone(self, agent: AgentId) -> None:
        """Nobody sits there any more: pause now, or when the call and its wrap-up are over."""
        known = self.agents.get(agent)
        if known is not None and known.state is AgentState.READY:
            await self.pause(agent, AWAY)
        self.without_desk.add(agent)

    async def desk_back(self, agent: AgentId) -> None:
        """The agent says ready himself: nobody should ring a desk that was just opened."""
        self.without_desk.discard(agent)

    # ---- what calls do to agents

    def notice(self, event: CallEvent) -> None:
        """A call's event moves its agent at once; what follows from it runs in the agent's lane."""
        for agent in self._meant(event) if type(event) in CONCERNED else ():
            try:
                moved, commands = advance(agent, event)
            except UnexpectedEvent as stray:
                log.info("agent_event_unexpected", agent=agent.id, call_id=event.call_id, reason=str(stray))
                continue
            self._show(moved)
            for command in commands:
                self.lanes.put(lane_of(agent.id), partial(self._follow, command))

    def _meant(self, event: CallEvent) -> list[Agent]:
        """The agent whom a call's event names; a supervisor who leaves names none, and an agent may not be told."""
        if isinstance(event, SupervisionEnded):
            return [agent for agent in self.agents.values() if event.supervisor in agent.supervised_by]
        if isinstance(event, SupervisionStarted) and not self.rules.tell_agent_supervised:
            return []
        agent = self.agents.get(getattr(event, "agent", AgentId("")))
        return [agent] if agent is not None else []

    def place(self, agent_id: AgentId, state: AgentState, story: Story) -> None:
        """Put an agent where a recovered call shows him."""
        agent, call = self.agents.get(agent_id), story.call
        if agent is not None and call is not None:
            leg = call.talking.leg if call.talking else next((each.leg for each in call.ringing), None)
            there = [AgentId(each.party) for each in call.legs_of("supervisor")] if state is AgentState.TALKING else []
            told = tuple(there) if self.rules.tell_agent_supervised else ()
            own = call.leg_of(leg) if leg else None
            placed = replace(agent, state=state, call_id=call.id, leg=leg, since=own.since if own else call.answered_at)
            self._show(replace(placed, supervised_by=told))

    def adopt(self, agent: Agent) -> None:
        """Take over an agent whom the queues know from before our start."""
        self._show(agent)
        self.after_calls.adopted(agent)

    # ---- how a change is made

    async def tell(self, event: AgentEvent) -> None:
        """Journal, then change, then act. Raises a Refusal when the state no longer allows it."""
        agent = self.agents.setdefault(event.agent, Agent(id=event.agent))
        _moved(agent, event)
        await self._journaling.write([event])
        # The wait let calls go on: decide on what is true now.
        moved, commands = _moved(self.agents[event.agent], event)
        self._show(moved)
        for command in commands:
            await self._switch.carry_out(command)

    async def _follow(self, command: Command) -> None:
        if await self.after_calls.follow(command):
            return
        try:
            await self._switch.carry_out(command)
        except Refusal as refusal:
            log.error("agent_command_failed", command=type(command).__name__, reason=refusal.code)

    def _of(self, agent_id: AgentId) -> Agent:
        agent = self.agents.get(agent_id)
        if agent is None or agent.state is AgentState.OFFLINE:
            raise NotSignedOn
        return agent

    def _need_switch(self) -> None:
        if not self._switch.ready or not self.reconciled:
            raise AmiDown

    def _show(self, agent: Agent) -> None:
        self.agents[agent.id] = agent
        if self.board is not None:
            self.board.agent_changed(agent)


def _moved(agent: Agent, event: AgentEvent) -> tuple[Agent, list[Command]]:
    try:
        return advance(agent, event)
    except UnexpectedEvent:
        if agent.state is AgentState.OFFLINE:
            raise NotSignedOn from None
        raise InCall from None

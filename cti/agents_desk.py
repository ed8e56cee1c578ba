"""Who is signed on, ready, talking or in wrap-up; drives the queues by add, remove and pause only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from cti.core.agent import Agent, AgentState, advance
from cti.core.call import UnexpectedEvent
from cti.core.commands import Command, StartWrapUp
from cti.core.events import (
    AgentBecameReady,
    AgentEvent,
    AgentPaused,
    AgentSignedOff,
    AgentSignedOn,
    AgentWrapUpStarted,
    CallEvent,
)
from cti.core.ids import AgentId, QueueName
from cti.core.ports import Clock, Switch
from cti.core.refusals import AmiDown, InCall, NotInWrapUp, NotSignedOn, Refusal
from cti.core.story import Story
from cti.journaling import Journaling
from cti.lanes import Lanes

if TYPE_CHECKING:
    from cti.board import Board

AWAY = "离开"
"""The pause reason of an agent whose desk is gone."""

log = structlog.get_logger(__name__)


class AgentsDesk:
    """Live agents. Every change of one agent runs in that agent's lane."""

    def __init__(
        self, *, journaling: Journaling, switch: Switch, clock: Clock, lanes: Lanes, wrap_up_seconds: int
    ) -> None:
        self.agents: dict[AgentId, Agent] = {}
        self.board: Board | None = None
        self._journaling, self._switch, self._clock, self._lanes = journaling, switch, clock, lanes
        self._wrap_up_seconds = wrap_up_seconds
        self._without_desk: set[AgentId] = set()

    # ---- what a desk asks for

    async def sign_on(self, agent: AgentId, queues: tuple[QueueName, ...]) -> None:
        """Become a paused member of these queues; signing on again keeps the state (a page reload)."""
        self._need_switch()
        self._without_desk.discard(agent)
        known = self.agents.setdefault(agent, Agent(id=agent))
        if known.state is AgentState.OFFLINE or known.queues != queues:
            await self.tell(AgentSignedOn(agent=agent, at=self._clock.now(), queues=queues))

    async def sign_off(self, agent: AgentId) -> None:
        if self._of(agent).state is AgentState.TALKING:
            raise InCall
        self._need_switch()
        await self.tell(AgentSignedOff(agent=agent, at=self._clock.now()))

    async def ready(self, agent: AgentId) -> None:
        self._free(agent)
        if self._of(agent).state is AgentState.READY:
            return
        self._need_switch()
        await self.tell(AgentBecameReady(agent=agent, at=self._clock.now()))

    async def pause(self, agent: AgentId, reason: str) -> None:
        self._free(agent)
        self._need_switch()
        await self.tell(AgentPaused(agent=agent, at=self._clock.now(), reason=reason))

    async def wrap_up_done(self, agent: AgentId) -> None:
        if self._of(agent).state is not AgentState.WRAP_UP:
            raise NotInWrapUp
        await self.ready(agent)

    async def desk_gone(self, agent: AgentId) -> None:
        """Nobody sits there any more: pause now, or when the call is over."""
        self._without_desk.add(agent)
        known = self.agents.get(agent)
        if known is not None and known.state in {AgentState.READY, AgentState.WRAP_UP}:
            await self.pause(agent, AWAY)

    async def desk_back(self, agent: AgentId) -> None:
        """The agent says ready himself: nobody should ring a desk that was just opened."""
        self._without_desk.discard(agent)

    # ---- what calls do to agents

    def notice(self, event: CallEvent) -> None:
        """A call's event moves its agent at once; what follows from it runs in the agent's lane."""
        agent = self.agents.get(getattr(event, "agent", AgentId("")))
        if agent is None:
            return
        try:
            moved, commands = advance(agent, event)
        except UnexpectedEvent as stray:
            log.info("agent_event_unexpected", agent=agent.id, call_id=event.call_id, reason=str(stray))
            return
        self._show(moved)
        for command in commands:
            self._lanes.put(lane_of(agent.id), partial(self._follow, command))

    def place(self, agent_id: AgentId, state: AgentState, story: Story) -> None:
        """Put an agent where a recovered call shows him."""
        agent, call = self.agents.get(agent_id), story.call
        if agent is not None and call is not None:
            leg = call.talking.leg if call.talking else next((each.leg for each in call.ringing), None)
            self._show(replace(agent, state=state, call_id=call.id, leg=leg, since=call.answered_at))

    def adopt(self, agent: Agent) -> None:
        """Take over an agent whom the queues know from before our start."""
        self._show(agent)
        if agent.state is AgentState.WRAP_UP and agent.wrap_up_until:
            self._end_wrap_up_at(agent.id, agent.wrap_up_until)

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
        if isinstance(command, StartWrapUp):
            await self._start_wrap_up(command.agent)
            return
        try:
            await self._switch.carry_out(command)
        except Refusal as refusal:
            log.error("agent_command_failed", command=type(command).__name__, reason=refusal.code)

    async def _start_wrap_up(self, agent_id: AgentId) -> None:
        now = self._clock.now()
        try:
            if agent_id in self._without_desk:
                await self.tell(AgentPaused(agent=agent_id, at=now, reason=AWAY))
            elif self._wrap_up_seconds <= 0:
                await self.tell(AgentBecameReady(agent=agent_id, at=now))
            else:
                await self.tell(AgentWrapUpStarted(agent=agent_id, at=now, seconds=self._wrap_up_seconds))
                self._end_wrap_up_at(agent_id, now + timedelta(seconds=self._wrap_up_seconds))
        except Refusal as refusal:
            log.error("wrap_up_not_started", agent=agent_id, reason=refusal.code)

    def _end_wrap_up_at(self, agent_id: AgentId, until: datetime) -> None:
        seconds = max(0.0, (until - self._clock.now()).total_seconds())
        job = partial(self._end_wrap_up, agent_id)
        asyncio.get_running_loop().call_later(seconds, self._lanes.put, lane_of(agent_id), job)

    async def _end_wrap_up(self, agent_id: AgentId) -> None:
        agent = self.agents.get(agent_id)
        if agent is None or agent.state is not AgentState.WRAP_UP or agent.wrap_up_until is None:
            return
        if agent.wrap_up_until > self._clock.now():
            # The loop's timer may be a fraction of a millisecond early, and the wall clock may be set back.
            self._end_wrap_up_at(agent_id, agent.wrap_up_until)
            return
        try:
            await self.tell(AgentBecameReady(agent=agent_id, at=self._clock.now()))
        except Refusal as refusal:
            log.error("wrap_up_not_ended", agent=agent_id, reason=refusal.code)

    def _of(self, agent_id: AgentId) -> Agent:
        agent = self.agents.get(agent_id)
        if agent is None or agent.state is AgentState.OFFLINE:
            raise NotSignedOn
        return agent

    def _free(self, agent_id: AgentId) -> None:
        if self._of(agent_id).state in {AgentState.RINGING, AgentState.TALKING}:
            raise InCall

    def _need_switch(self) -> None:
        if not self._switch.ready:
            raise AmiDown

    def _show(self, agent: Agent) -> None:
        self.agents[agent.id] = agent
        if self.board is not None:
            self.board.agent_changed(agent)


def lane_of(agent_id: AgentId) -> str:
    return f"agent {agent_id}"


def _moved(agent: Agent, event: AgentEvent) -> tuple[Agent, list[Command]]:
    try:
        return advance(agent, event)
    except UnexpectedEvent:
        if agent.state is AgentState.OFFLINE:
            raise NotSignedOn from None
        raise InCall from None

"""What comes after a ring or a call: wrap-up with the server's timer, pauses that are due, else ready again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from cti.core.agent import Agent, AgentState
from cti.core.agent_commands import SettleAfterRing
from cti.core.agent_rules import AWAY, MISSED
from cti.core.commands import Command, StartWrapUp
from cti.core.events import AgentBecameReady, AgentEvent, AgentPaused, AgentWrapUpStarted
from cti.core.ids import AgentId
from cti.core.refusals import Refusal
from cti.lanes import lane_of

if TYPE_CHECKING:
    from cti.agents_desk import AgentsDesk

log = structlog.get_logger(__name__)


class AfterCalls:
    """Runs in the agent's lane; its timers only put work there."""

    def __init__(self, desk: AgentsDesk) -> None:
        self._desk = desk

    async def follow(self, command: Command) -> bool:
        """Whether the command was one of ours; a refusal is logged, for no desk waits for it."""
        if not isinstance(command, StartWrapUp | SettleAfterRing):
            return False
        try:
            if isinstance(command, StartWrapUp):
                await self._start_wrap_up(command.agent)
            else:
                await self._settle(command)
        except Refusal as refusal:
            log.error("agent_not_settled", agent=command.agent, reason=refusal.code)
        return True

    def adopted(self, agent: Agent) -> None:
        """The timer of a wrap-up that began before our start."""
        if agent.state is AgentState.WRAP_UP and agent.wrap_up_until:
            self._end_at(agent.id, agent.wrap_up_until)

    async def wrap_up_over(self, agent_id: AgentId) -> None:
        """Ready, or the pause that was asked for during the call."""
        await self._desk.tell(self._next(self._desk.agents[agent_id]))

    async def _start_wrap_up(self, agent_id: AgentId) -> None:
        rules, now = self._desk.rules, self._desk.clock.now()
        if rules.wrap_up_seconds <= 0:
            await self._desk.tell(self._next(self._desk.agents[agent_id]))
            return
        seconds, extensions = rules.wrap_up_seconds, rules.wrap_up_extensions
        try:
            await self._desk.tell(AgentWrapUpStarted(agent=agent_id, at=now, seconds=seconds, extensions=extensions))
        finally:  # Asterisk may be away and is told later: the wrap-up has its end all the same
            if self._desk.agents[agent_id].state is AgentState.WRAP_UP:
                self._end_at(agent_id, now + timedelta(seconds=seconds))

    async def _settle(self, command: SettleAfterRing) -> None:
        """A ring is over; one that came in a race with wrap-up leads back to it, and its end may be past."""
        agent = self._desk.agents[command.agent]
        if agent.state is AgentState.WRAP_UP and agent.wrap_up_until:
            self._end_at(agent.id, agent.wrap_up_until)
        if agent.state is not AgentState.READY:
            return
        taken = command.agent in self._desk.rings_taken or not agent.line_up
        self._desk.rings_taken.discard(command.agent)
        missed = command.missed and not taken and self._desk.rules.missed_ring_pauses
        event = self._next(agent, MISSED if missed else "")
        if isinstance(event, AgentPaused):
            await self._desk.tell(event)

    def _next(self, agent: Agent, reason: str = "") -> AgentEvent:
        """A desk that is gone comes first, then what the agent asked for, then `reason`; none of them: ready."""
        due = AWAY if agent.id in self._desk.without_desk else agent.pause_asked or reason
        now = self._desk.clock.now()
        return AgentPaused(agent=agent.id, at=now, reason=due) if due else AgentBecameReady(agent=agent.id, at=now)

    def _end_at(self, agent_id: AgentId, until: datetime) -> None:
        seconds = max(0.0, (until - self._desk.clock.now()).total_seconds())
        job = partial(self._end, agent_id)
        asyncio.get_running_loop().call_later(seconds, self._desk.lanes.put, lane_of(agent_id), job)

    async def _end(self, agent_id: AgentId) -> None:
        agent = self._desk.agents.get(agent_id)
        if agent is None or agent.state is not AgentState.WRAP_UP or agent.wrap_up_until is None:
            return
        if agent.wrap_up_until > self._desk.clock.now():
            # It was made longer, the timer was a fraction of a millisecond early, or the wall clock was set back.
            self._end_at(agent_id, agent.wrap_up_until)
            return
        try:
            await self.wrap_up_over(agent_id)
        except Refusal as refusal:
            log.error("wrap_up_not_ended", agent=agent_id, reason=refusal.code)

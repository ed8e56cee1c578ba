"""Agents' registrations: line up or down, and the leg of a browser that went away in a call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog

from cti.agents_desk import AgentsDesk, lane_of
from cti.core.agent import LOST_BROWSER, Agent, AgentState
from cti.core.call import Call
from cti.core.commands import HangUpLeg
from cti.core.events import AgentLineDown, AgentLineUp
from cti.core.ids import AgentId, CallId
from cti.core.ports import Clock, Line, Switch
from cti.core.refusals import Refusal
from cti.core.story import Story
from cti.lanes import Lanes

GRACE_SECONDS = 2.0
"""A WebSocket that merely blinked registers again as the same page within this; its sound never stopped."""
UNSEEN = "?"
"""A page that registered before we looked."""

log = structlog.get_logger(__name__)


class Lines:
    """Follows each agent's pages. All of it runs in the agent's lane."""

    def __init__(
        self,
        *,
        desk: AgentsDesk,
        stories: Mapping[CallId, Story],
        switch: Switch,
        clock: Clock,
        lanes: Lanes,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._desk, self._stories, self._switch = desk, stories, switch
        self._clock, self._lanes, self._grace = clock, lanes, grace
        self._pages: dict[AgentId, set[str]] = {}
        self._lost: dict[AgentId, str] = {}

    async def seen(self, line: Line) -> None:
        """One registration came or went."""
        pages = self._pages.setdefault(line.agent, set())
        if line.there:
            pages.add(line.page)
            await self._came(line)
        else:
            pages -= {line.page, UNSEEN}
            await self._went(line, pages)
        await self.set_up(line.agent, bool(pages))

    async def found(self, agent: AgentId, reachable: bool) -> None:
        """What a snapshot says; a page that we know by name stays known."""
        pages = self._pages.setdefault(agent, set())
        if reachable and not pages:
            pages.add(UNSEEN)
        elif not reachable:
            pages.clear()
        await self.set_up(agent, reachable)

    async def set_up(self, agent_id: AgentId, up: bool) -> None:
        agent = self._desk.agents.get(agent_id)
        if agent is None:
            agent = self._desk.agents.setdefault(agent_id, Agent(id=agent_id))
        if agent.line_up is up:
            return
        now = self._clock.now()
        await self._desk.tell(AgentLineUp(agent=agent_id, at=now) if up else AgentLineDown(agent=agent_id, at=now))

    async def _came(self, line: Line) -> None:
        """The same page again: its sound never stopped. Another page: the one that talked is gone."""
        lost = self._lost.get(line.agent)
        if lost is None:
            return
        if lost == line.page:
            del self._lost[line.agent]
        else:
            await self._take_leg(line.agent, lost)

    async def _went(self, line: Line, others: set[str]) -> None:
        agent = self._desk.agents.get(line.agent)
        if agent is None or agent.state not in {AgentState.TALKING, AgentState.RINGING}:
            return
        self._lost[line.agent] = line.page
        if others:
            await self._take_leg(line.agent, line.page)
            return
        job = partial(self._take_leg, line.agent, line.page)
        asyncio.get_running_loop().call_later(self._grace, self._lanes.put, lane_of(line.agent), job)

    async def _take_leg(self, agent_id: AgentId, page: str) -> None:
        """Cause 44 lets the dialplan say that the line was lost and keep the caller at the head."""
        if self._lost.get(agent_id) != page:
            return
        del self._lost[agent_id]
        agent = self._desk.agents[agent_id]
        story = self._stories.get(agent.call_id or CallId(""))
        command = _leg_of(agent, story.call if story else None)
        if command is None:
            return
        log.warning("browser_lost", agent=agent_id, call_id=command.call_id)
        if agent.state is AgentState.RINGING:
            self._desk.rings_taken.add(agent_id)
        try:
            await self._switch.carry_out(command)
        except Refusal as refusal:
            log.error("browser_leg_not_ended", agent=agent_id, call_id=command.call_id, reason=refusal.code)


def _leg_of(agent: Agent, call: Call | None) -> HangUpLeg | None:
    if call is None:
        return None
    legs = [*call.ringing, *([call.talking] if call.talking else [])]
    mine = next((leg for leg in legs if leg.agent == agent.id and leg.leg == agent.leg), None)
    return HangUpLeg(call_id=call.id, channel=mine.channel, cause=LOST_BROWSER) if mine else None

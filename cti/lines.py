"""Agents' registrations: line up or down, and the leg of a browser that went away in a call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial

import structlog

from cti.agents_desk import AgentsDesk, lane_of
from cti.core.agent import LOST_BROWSER, Agent, AgentState
from cti.core.call import AgentLeg, Call
from cti.core.commands import HangUpLeg
from cti.core.events import AgentLineDown, AgentLineUp, CallEvent
from cti.core.ids import AgentId, CallId, LegId
from cti.core.leg_events import LegFellSilent
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
    """Follows each agent's pages. All of it runs in the agent's lane; `tell` is the call's."""

    def __init__(
        self,
        *,
        desk: AgentsDesk,
        stories: Mapping[CallId, Story],
        switch: Switch,
        clock: Clock,
        lanes: Lanes,
        tell: Callable[[CallEvent], Awaitable[None]],
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._desk, self._stories, self._switch = desk, stories, switch
        self._clock, self._lanes, self._tell, self._grace = clock, lanes, tell, grace
        self._pages: dict[AgentId, set[str]] = {}
        self._lost: dict[AgentId, tuple[str, datetime]] = {}

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
        page, _ = self._lost.get(line.agent, ("", None))
        if page == line.page:
            del self._lost[line.agent]
        elif page:
            await self._take_leg(line.agent, page)

    async def _went(self, line: Line, others: set[str]) -> None:
        agent = self._desk.agents.get(line.agent)
        if agent is None or agent.state not in {AgentState.TALKING, AgentState.RINGING}:
            return
        if line.unanswered and agent.state is AgentState.TALKING:
            return  # Asterisk gives up a leg without sound by itself; one that has sound is a talk
        self._lost[line.agent] = line.page, self._clock.now()
        if others:
            await self._take_leg(line.agent, line.page)
            return
        job = partial(self._take_leg, line.agent, line.page)
        asyncio.get_running_loop().call_later(self._grace, self._lanes.put, lane_of(line.agent), job)

    async def _take_leg(self, agent_id: AgentId, page: str) -> None:
        """Cause 44 lets the dialplan say that the line was lost and keep the caller at the head."""
        lost, since = self._lost.get(agent_id, ("", self._clock.now()))
        if lost != page:
            return
        del self._lost[agent_id]
        agent = self._desk.agents[agent_id]
        story = self._stories.get(agent.call_id or CallId(""))
        call = story.call if story else None
        mine = _leg_of(agent, call)
        if call is None or mine is None:
            return
        log.warning("browser_lost", agent=agent_id, call_id=call.id)
        if agent.state is AgentState.RINGING:
            self._desk.rings_taken.add(agent_id)
        else:
            self._was_silent(call.id, mine.leg, since)
        try:
            await self._switch.carry_out(HangUpLeg(call_id=call.id, channel=mine.channel, cause=LOST_BROWSER))
        except Refusal as refusal:
            log.error("browser_leg_not_ended", agent=agent_id, call_id=call.id, reason=refusal.code)

    def _was_silent(self, call_id: CallId, leg: LegId, since: datetime) -> None:
        """The leg was up until now, but nobody talked there since the page went."""
        now = self._clock.now()
        silent_s = (now - since).total_seconds()
        event = LegFellSilent(call_id=call_id, at=now, leg=leg, silent_s=silent_s)
        self._lanes.put(call_id, partial(self._tell, event))


def _leg_of(agent: Agent, call: Call | None) -> AgentLeg | None:
    if call is None:
        return None
    legs = [*call.ringing, *([call.talking] if call.talking else [])]
    return next((leg for leg in legs if leg.agent == agent.id and leg.leg == agent.leg), None)

"""Whose desk is there: web's list, each second, is a lease. A silent web proves nothing of any desk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from functools import partial

import structlog

from cti.agents_desk import AgentsDesk
from cti.core.agent import AgentState
from cti.core.ids import AgentId
from cti.core.refusals import Refusal
from cti.lanes import lane_of

WEB_SILENT = 5.0
"""Seconds without a list after which web counts as away; with the next list a new one has come."""
PAGES_RETURN = 12.0
"""After a restart of web its pages come back within this; until then a desk not yet seen is not missed."""
LOOK_EVERY = 1.0

log = structlog.get_logger(__name__)


class Presence:
    """While web is away availability is frozen: the phones' registrations alone decide who can be rung."""

    def __init__(self, desk: AgentsDesk, now: Callable[[], float] = time.monotonic) -> None:
        self._desk, self._now = desk, now
        self._heard_at: float | None = None
        self._seen: set[AgentId] = set()
        self._missed_since: dict[AgentId, float] = {}
        self._is_void = False

    def alive(self, agents: Collection[AgentId]) -> None:
        """These desks are there; web itself has waited for a reload or a short break."""
        now = self._now()
        if self.is_frozen or self._heard_at is None:
            self._seen.clear()
            self._missed_since.clear()
        self._heard_at, self._is_void = now, False
        self._seen.update(agents)
        for agent in agents:
            self._missed_since.pop(agent, None)
            if agent in self._desk.without_desk:
                self._put(agent, self._desk.desk_back)
        for agent in self._signed_on():
            if agent not in agents and self._is_missed(agent, now):
                self._put(agent, self._desk.desk_gone)

    @property
    def is_frozen(self) -> bool:
        """Whether web has been heard, and now is not."""
        return self._heard_at is not None and self._now() - self._heard_at > WEB_SILENT

    async def run(self) -> None:
        """Until cancelled: a freeze that lasts too long ends, for desks that nobody has seen are none."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.look()

    def look(self) -> None:
        longest = self._desk.rules.freeze_minutes * 60
        if self._heard_at is None or self._is_void or self._now() - self._heard_at < max(longest, WEB_SILENT):
            return
        self._is_void = True
        log.error("desks_unseen_too_long", alarm=True, minutes=self._desk.rules.freeze_minutes)
        for agent in self._signed_on():
            self._put(agent, self._desk.desk_gone)

    def _signed_on(self) -> list[AgentId]:
        """Those whose desk counts as there now."""
        known = self._desk.agents.values()
        offline, without = AgentState.OFFLINE, self._desk.without_desk
        return [agent.id for agent in known if agent.state is not offline and agent.id not in without]

    def _is_missed(self, agent: AgentId, now: float) -> bool:
        if agent in self._seen:
            return True
        return now - self._missed_since.setdefault(agent, now) >= PAGES_RETURN

    def _put(self, agent: AgentId, act: Callable[[AgentId], Awaitable[None]]) -> None:
        self._desk.lanes.put(lane_of(agent), partial(_carried_out, act, agent))


async def _carried_out(act: Callable[[AgentId], Awaitable[None]], agent: AgentId) -> None:
    """A refusal is no failure: the agent is in a call, or Asterisk is away and asked again later."""
    try:
        await act(agent)
    except Refusal as refusal:
        log.info("presence_not_told", agent=agent, reason=refusal.code)

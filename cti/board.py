"""What the desks see: rows of agents, calls, queues and health, told as they change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cti.board_agents import agent_row, queue_row
from cti.board_parties import iso, party_rows
from cti.core.agent import Agent, AgentState
from cti.core.call import WAITING, Call
from cti.core.ids import AgentId, CallId, QueueName
from cti.core.ports import Change, Desks
from cti.core.story import Story
from cti.queue_figures import Mark, QueueFigures

TODAY = "today"
"""The one row of the table `figures`."""
FRAME_EVERY = 0.1
"""Queue figures and calls that are at no desk change all the time: the first change is told at once, what comes
within a tenth of a second after it together."""


class Board:
    """Shows the engine's live state; holds none of its own beyond health and the last queue rows."""

    def __init__(
        self,
        stories: Mapping[CallId, Story],
        agents: Mapping[AgentId, Agent],
        loop: asyncio.AbstractEventLoop,
        now: datetime,
    ) -> None:
        self._stories, self._agents, self._loop = stories, agents, loop
        self._desks: Desks | None = None
        self._queue_rows: dict[QueueName, dict[str, Any]] = {}
        self._frame_due = False
        self._frame_told_at = -FRAME_EVERY
        self._moved: set[CallId] = set()
        self._shown: dict[tuple[str, str], dict[str, Any]] = {}
        self.health: dict[str, str] = {"ami": "down"}
        self.figures = QueueFigures(now)
        self._today: dict[str, int] = {}

    def show_on(self, desks: Desks) -> None:
        self._desks = desks

    def state(self) -> dict[str, dict[str, Any]]:
        """The whole of it, for a desk that connects."""
        self._queue_rows, self._today = self._count_queues(), self.figures.today()
        return {
            "agents": {agent.id: agent_row(agent) for agent in self._agents.values()},
            "calls": {call.id: call_row(call) for call in self._calls()},
            "queues": {str(name): row for name, row in self._queue_rows.items()},
            "figures": {TODAY: dict(self._today)},
            "health": dict(self.health),
        }

    def recounted(self, past: Iterable[Mark], now: datetime) -> None:
        """What the journal knows of today's callers from before this process."""
        self.figures.recounted(past, now)
        self._frame_soon()

    def call_changed(self, call: Call) -> None:
        """A call at a desk, or one that leaves it, is shown at once; of the others the next frame tells."""
        if call.ringing or call.talking or self._is_at_desk(call.id):
            self._moved.discard(call.id)
            self._show("calls", call.id, call_row(call))
        else:
            self._moved.add(call.id)
            self._frame_soon()

    def calls_forgotten(self, call_ids: Iterable[CallId]) -> None:
        changes: list[Change] = []
        for call_id in call_ids:
            self._moved.discard(call_id)
            self._shown.pop(("calls", call_id), None)
            changes.append(("calls", call_id, None))
        self._publish(changes)

    def agent_changed(self, agent: Agent) -> None:
        self._show("agents", agent.id, agent_row(agent))

    def health_changed(self, part: str, value: str) -> None:
        if self.health.get(part) != value:
            self.health[part] = value
            self._publish([("health", part, value)])

    def _show(self, table: str, key: str, row: dict[str, Any]) -> None:
        """Many events change nothing that a desk shows."""
        if self._shown.get((table, key)) != row:
            self._shown[table, key] = row
            self._publish([(table, key, row)])
            self._frame_soon()

    def _is_at_desk(self, call_id: CallId) -> bool:
        """Whether the desks were last shown the call with an agent."""
        row = self._shown.get(("calls", call_id))
        return row is not None and bool(row["agent"] or row["ringing"])

    def _frame_soon(self) -> None:
        if not self._frame_due:
            self._frame_due = True
            wait = self._frame_told_at + FRAME_EVERY - self._loop.time()
            self._loop.call_later(max(0.0, wait), self._tell_frame)

    def _tell_frame(self) -> None:
        self._frame_due, self._frame_told_at = False, self._loop.time()
        moved, self._moved = self._moved, set()
        changes = [change for call_id in moved for change in self._call_moved(call_id)]
        rows = self._count_queues()
        changes += [("queues", name, row) for name, row in rows.items() if row != self._queue_rows.get(name)]
        if (today := self.figures.today()) != self._today:
            changes.append(("figures", TODAY, today))
        self._queue_rows, self._today = rows, today
        self._publish(changes)

    def _call_moved(self, call_id: CallId) -> Iterable[Change]:
        story = self._stories.get(call_id)
        if story is None or story.call is None:
            return
        row = call_row(story.call)
        if self._shown.get(("calls", call_id)) != row:
            self._shown["calls", call_id] = row
            yield "calls", call_id, row

    def _count_queues(self) -> dict[QueueName, dict[str, Any]]:
        calls = [call for call in self._calls() if call.state in WAITING and call.queue]
        agents = [agent for agent in self._agents.values() if agent.state is not AgentState.OFFLINE]
        names = {*self._queue_rows, *(call.queue for call in calls if call.queue)}
        names |= {queue for agent in agents for queue in agent.own_queues}
        return {name: queue_row(name, calls, agents, self.figures.row(name)) for name in sorted(names)}

    def _calls(self) -> Iterable[Call]:
        return (story.call for story in self._stories.values() if story.call is not None)

    def _publish(self, changes: list[Change]) -> None:
        if self._desks is not None and changes:
            self._desks.publish(changes)


def call_row(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "state": call.state.value,
        "number": call.number,
        "name": call.name,
        "dialled": call.dialled,
        "queue": call.queue,
        "arrived_at": iso(call.arrived_at),
        "joined_at": iso(call.joined_at),
        "answered_at": iso(call.answered_at),
        "agent": call.talking.agent if call.talking else None,
        "ringing": [leg.agent for leg in call.ringing],
        "held_since": iso(call.held_since),
        "recording": bool(call.recordings) and call.ended_at is None,
        "fallback": call.fallback,
        "case_id": call.case_id,
        **party_rows(call),
    }

"""What the desks see: rows of agents, calls, queues and health, told as they change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cti.core.agent import Agent, AgentState
from cti.core.call import WAITING, Call
from cti.core.ids import AgentId, CallId, QueueName
from cti.core.ports import Change, Desks
from cti.core.story import Story

FRAME_EVERY = 0.25
"""Queue figures and calls that are at no desk change all the time: one frame for all of a quarter of a second."""


class Board:
    """Shows the engine's live state; holds none of its own beyond health and the last queue rows."""

    def __init__(
        self, stories: Mapping[CallId, Story], agents: Mapping[AgentId, Agent], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._stories, self._agents, self._loop = stories, agents, loop
        self._desks: Desks | None = None
        self._queue_rows: dict[QueueName, dict[str, Any]] = {}
        self._frame_due = False
        self._moved: set[CallId] = set()
        self._shown: dict[tuple[str, str], dict[str, Any]] = {}
        self.health: dict[str, str] = {"ami": "down"}

    def show_on(self, desks: Desks) -> None:
        self._desks = desks

    def state(self) -> dict[str, dict[str, Any]]:
        """The whole of it, for a desk that connects."""
        self._queue_rows = self._count_queues()
        return {
            "agents": {agent.id: agent_row(agent) for agent in self._agents.values()},
            "calls": {call.id: call_row(call) for call in self._calls()},
            "queues": {str(name): row for name, row in self._queue_rows.items()},
            "health": dict(self.health),
        }

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
            self._loop.call_later(FRAME_EVERY, self._tell_frame)

    def _tell_frame(self) -> None:
        self._frame_due = False
        moved, self._moved = self._moved, set()
        changes = [change for call_id in moved for change in self._call_moved(call_id)]
        rows = self._count_queues()
        changes += [("queues", name, row) for name, row in rows.items() if row != self._queue_rows.get(name)]
        self._queue_rows = rows
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
        names |= {queue for agent in agents for queue in agent.queues}
        return {name: queue_row(name, calls, agents) for name in sorted(names)}

    def _calls(self) -> Iterable[Call]:
        return (story.call for story in self._stories.values() if story.call is not None)

    def _publish(self, changes: list[Change]) -> None:
        if self._desks is not None and changes:
            self._desks.publish(changes)


def agent_row(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "state": agent.state.value,
        "reason": agent.reason,
        "since": _iso(agent.since),
        "queues": list(agent.queues),
        "line": "up" if agent.line_up else "down",
        "call_id": agent.call_id,
        "wrap_up_until": _iso(agent.wrap_up_until),
    }


def call_row(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "state": call.state.value,
        "number": call.number,
        "name": call.name,
        "dialled": call.dialled,
        "queue": call.queue,
        "arrived_at": _iso(call.arrived_at),
        "joined_at": _iso(call.joined_at),
        "answered_at": _iso(call.answered_at),
        "agent": call.talking.agent if call.talking else None,
        "ringing": [leg.agent for leg in call.ringing],
        "held_since": _iso(call.held_since),
        "recording": bool(call.recordings) and call.ended_at is None,
        "fallback": call.fallback,
    }


def queue_row(name: QueueName, calls: Iterable[Call], agents: Iterable[Agent]) -> dict[str, Any]:
    joined = [call.joined_at for call in calls if call.queue == name and call.joined_at]
    members = [agent for agent in agents if name in agent.queues]
    return {
        "name": name,
        "waiting": len(joined),
        "longest_joined_at": _iso(min(joined)) if joined else None,
        "ready": sum(agent.state is AgentState.READY and agent.line_up for agent in members),
        "talking": sum(agent.state is AgentState.TALKING for agent in members),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None

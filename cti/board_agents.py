"""Rows of agents and queues as the desks see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cti.board_parties import iso
from cti.core.agent import Agent, AgentState
from cti.core.call import Call
from cti.core.dialling import Dial
from cti.core.ids import QueueName
from cti.core.skills import BEST


def agent_row(agent: Agent) -> dict[str, Any]:
    """`skills` as `queue:level`; `supervised_by` is empty where the centre does not tell its agents."""
    message = agent.message
    return {
        "id": agent.id,
        "state": agent.state.value,
        "reason": agent.reason,
        "since": iso(agent.since),
        "queues": list(agent.own_queues),
        "skills": [f"{queue}:{agent.penalty_in(queue) + BEST}" for queue in agent.own_queues],
        "line": "up" if agent.line_up else "down",
        "call_id": agent.call_id,
        "wrap_up_until": iso(agent.wrap_up_until),
        "wrap_up_extensions_left": agent.extensions_left,
        "pause_asked": agent.pause_asked or None,
        "hand_raised_at": iso(agent.hand_raised_at),
        "supervised_by": list(agent.supervised_by),
        "message": {"from": message.by, "text": message.text, "at": iso(message.at)} if message else None,
        "dial": dial_row(agent.dial) if agent.dial else None,
    }


def dial_row(dial: Dial) -> dict[str, Any]:
    return {
        "id": dial.id,
        "state": dial.state.value,
        "since": iso(dial.since),
        "reason": dial.reason,
        "case_id": dial.case_id,
        "callback_id": dial.callback_id,
    }


def queue_row(
    name: QueueName, calls: Iterable[Call], agents: Iterable[Agent], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """The longest wait from both ends: since the caller arrived, and since he joined."""
    waiting = [call for call in calls if call.queue == name and call.joined_at]
    members = [agent for agent in agents if name in agent.own_queues]
    return {
        "name": name,
        "waiting": len(waiting),
        "longest_joined_at": iso(min((call.joined_at for call in waiting if call.joined_at), default=None)),
        "longest_arrived_at": iso(min((call.arrived_at for call in waiting), default=None)),
        "ready": sum(agent.state is AgentState.READY and agent.line_up for agent in members),
        "talking": sum(agent.state is AgentState.TALKING for agent in members),
        **figures,
    }

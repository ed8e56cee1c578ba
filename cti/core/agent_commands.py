"""What must be done for an agent's presence besides joining, leaving and pausing queues."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.commands import Command
from cti.core.ids import AgentId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleAfterRing(Command):
    """The desk has stopped ringing: a pause may be due, by what was asked for or by the centre's rule."""

    agent: AgentId
    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPenalty(Command):
    """How far behind others the agent is asked in a queue that he is a member of already."""

    agent: AgentId
    queue: QueueName
    penalty: int

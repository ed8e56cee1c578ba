"""An agent as the queues remember him, and what they must be told to agree with us: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cti.core.agent import Agent, AgentState
from cti.core.agent_changes import queue_reason
from cti.core.agent_commands import SetPenalty
from cti.core.commands import AddMember, Command, PauseMember, RemoveMember, UnpauseMember
from cti.core.ids import AgentId
from cti.core.snapshot import Member

RESTING = frozenset({AgentState.PAUSED, AgentState.WRAP_UP})
AT_WORK = frozenset({AgentState.READY, AgentState.RINGING, AgentState.TALKING})


def adopted(agent_id: AgentId, members: Sequence[Member], at: datetime) -> Agent:
    """An agent of whom only the queues know: the pause reason carries the state (`queue_reason`)."""
    known = {member.queue: member.penalty for member in sorted(members, key=lambda member: member.queue)}
    agent = Agent(
        id=agent_id,
        queues=tuple(known),
        penalties=tuple(known.values()),
        since=at,
        line_up=any(member.reachable for member in members),
    )
    if not all(member.paused for member in members):
        return replace(agent, state=AgentState.READY)
    word, _, rest = next((member.reason for member in members if member.reason), "").partition(":")
    ends, _, extensions = rest.partition(":")
    if word == "wrap-up" and ends.isdigit():
        until, left = datetime.fromtimestamp(int(ends), UTC), int(extensions) if extensions.isdigit() else 0
        return replace(agent, state=AgentState.WRAP_UP, wrap_up_until=until, extensions_left=left)
    return replace(agent, state=AgentState.PAUSED, reason=rest)


def corrections(agent: Agent, members: Sequence[Member]) -> list[Command]:
    """What the queues must be told so that they agree with what we know of the agent."""
    there = {member.queue: member for member in members}
    kept = [there[queue] for queue in agent.queues if queue in there]
    commands: list[Command] = [
        AddMember(agent=agent.id, queue=queue, reason=queue_reason(agent), penalty=agent.penalty_in(queue))
        for queue in agent.queues
        if queue not in there
    ]
    commands += [RemoveMember(agent=agent.id, queue=queue) for queue in there if queue not in agent.queues]
    commands += [
        SetPenalty(agent=agent.id, queue=member.queue, penalty=agent.penalty_in(member.queue))
        for member in kept
        if member.penalty != agent.penalty_in(member.queue)
    ]
    if agent.state in RESTING and any(not member.paused for member in kept):
        commands.append(PauseMember(agent=agent.id, reason=queue_reason(agent)))
    if agent.state in AT_WORK and (any(member.paused for member in kept) or len(kept) < len(agent.queues)):
        commands.append(UnpauseMember(agent=agent.id))
    return commands

"""Live state as one agent may see it: masked on the server, in the words of the frames."""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.frames import AgentView, CallView, CardView, CaseView, QueueView
from agent_desktop.live import Live, LiveAgent, LiveCall, LiveQueue
from agent_desktop.names import queue_name
from agent_desktop.ports import CallerRecord, CaseLine
from agent_desktop.sessions import Session
from cases.masking import mask_number


def agent_view(session: Session, agent: LiveAgent | None, call_id: str) -> AgentView:
    """An agent that cti does not know is offline."""
    reason = agent.reason if agent else ""
    return AgentView(
        id=session.agent_id,
        name=session.name,
        state=agent.state if agent else "offline",
        reason=reason,
        reason_name=reason,
        since=agent.since if agent else None,
        queues=agent.queues if agent else session.queues,
        line=agent.line if agent else "down",
        call_id=call_id,
        wrap_up_until=agent.wrap_up_until if agent else None,
    )


def call_view(call: LiveCall) -> CallView:
    return CallView(
        id=call.id,
        state=call.state,
        queue=call.queue,
        queue_name=queue_name(call.queue),
        arrived_at=call.arrived_at,
        joined_at=call.joined_at,
        answered_at=call.answered_at,
        held_since=call.held_since,
        recording=call.recording,
        fallback=call.fallback,
        number_masked=mask_number(call.number),
        name=call.name,
    )


def card_view(call: LiveCall, record: CallerRecord | None) -> CardView:
    """The caller card; without a record it says so and shows number and name alone."""
    known = record or CallerRecord()
    return CardView(
        call_id=call.id,
        number_masked=mask_number(call.number),
        name=call.name,
        repeat_30d=known.repeat_30d,
        open_cases=case_views(known.open_cases),
        history=case_views(known.history),
        source="database" if record else "unavailable",
    )


def case_views(lines: Iterable[CaseLine]) -> tuple[CaseView, ...]:
    return tuple(
        CaseView(
            case_id=line.case_id,
            number=line.number,
            title=line.title,
            kind=line.kind,
            status=line.status,
            status_name=line.status_name,
            created_at=line.created_at,
            due_at=line.due_at,
            department=line.department,
        )
        for line in lines
    )


def queue_views(live: Live) -> tuple[QueueView, ...]:
    return tuple(queue_view(queue) for _, queue in sorted(live.queues.items()))


def queue_view(queue: LiveQueue) -> QueueView:
    return QueueView(
        id=queue.name,
        name=queue_name(queue.name),
        waiting=queue.waiting,
        longest_joined_at=queue.longest_joined_at,
        ready=queue.ready,
        talking=queue.talking,
    )

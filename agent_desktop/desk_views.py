"""Live state as one agent may see it: masked on the server, in the words of the frames."""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.assistance import assistance_views
from agent_desktop.live import Live
from agent_desktop.live_rows import LiveAgent, LiveCall, LiveMessage, LiveQueue
from agent_desktop.names import Names, queue_name
from agent_desktop.party_views import leg_views, transfer_view
from agent_desktop.ports import CallerRecord, CaseLine
from agent_desktop.sessions import Session
from agent_desktop.shown import AgentView, CallView, CardView, CaseView, MessageView, QueueView, SupervisingView
from cases.masking import mask_number


def agent_view(session: Session, live: Live, call_id: str, names: Names) -> AgentView:
    """An agent that cti does not know is offline."""
    agent, left = live.agents.get(session.agent_id), live.left_call_of(session.agent_id)
    reason = agent.reason if agent else ""
    return AgentView(
        id=session.agent_id,
        name=session.name,
        state=agent.state if agent else "offline",
        reason=reason,
        reason_name=reason,
        since=agent.since if agent else None,
        queues=agent.queues if agent else queue_ids(session.queues),
        line=agent.line if agent else "down",
        call_id=call_id,
        wrap_up_until=agent.wrap_up_until if agent else None,
        wrap_up_extensions_left=agent.wrap_up_extensions_left if agent else 0,
        pause_asked=agent.pause_asked if agent else "",
        hand_raised_at=agent.hand_raised_at if agent else None,
        supervised_by=tuple(names.agent(id_) for id_ in agent.supervised_by) if agent else (),
        message=message_view(agent.message, names) if agent and agent.message else None,
        supervising=supervising_view(session, live, names),
        left_call_id=left.id if left else "",
        dial=agent.dial if agent else None,
    )


def queue_ids(queues: Iterable[str]) -> tuple[str, ...]:
    """Queues without the level of the skill: `general:2` is `general`."""
    return tuple(queue.partition(":")[0] for queue in queues)


def message_view(message: LiveMessage, names: Names) -> MessageView:
    return MessageView(sender=names.agent(message.sender), text=message.text, at=message.at)


def supervising_view(session: Session, live: Live, names: Names) -> SupervisingView | None:
    """The call that this supervisor hears now, if any."""
    if "supervisor" not in session.roles:
        return None
    for call in live.calls.values():
        for leg in call.legs:
            if leg.role == "supervisor" and leg.party == session.agent_id and leg.state != "gone":
                return SupervisingView(agent=call.agent, agent_name=names.agent(call.agent), call_id=call.id)
    return None


def call_view(call: LiveCall, agent: LiveAgent | None, names: Names) -> CallView:
    """The call as the agent at it may see it: a supervisor's leg only when the centre tells of it."""
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
        recording_paused=call.recording_paused,
        fallback=call.fallback,
        caller_gone=call.caller_gone,
        number_masked=mask_number(call.number),
        name=call.name,
        legs=leg_views(call, agent.supervised_by if agent else (), names),
        threeway=call.threeway,
        emergency=call.emergency,
        transfer=transfer_view(call, names),
        case_id=call.case_id,
    )


def card_view(call: LiveCall, record: CallerRecord | None, names: Names) -> CardView:
    """The caller card; without a record it says so and shows number and name alone."""
    known = record or CallerRecord()
    return CardView(
        call_id=call.id,
        number_masked=mask_number(call.number),
        name=call.name,
        repeat_30d=known.repeat_30d,
        open_cases=case_views(known.open_cases, names),
        history=case_views(known.history, names),
        source="database" if record else "unavailable",
    )


def case_views(lines: Iterable[CaseLine], names: Names) -> tuple[CaseView, ...]:
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
            assistance=assistance_views(line.assistance, names),
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

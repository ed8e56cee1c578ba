"""Live state as a supervisor may see it on the board: every agent, call and queue, numbers masked."""

from __future__ import annotations

from agent_desktop.live_rows import LiveAgent, LiveCall
from agent_desktop.names import queue_name
from agent_desktop.ports import AgentRecord
from agent_desktop.shown import BoardCallView, SeatView
from cases.masking import mask_number

ENDED = "ended"


def seat_view(record: AgentRecord, agent: LiveAgent | None, *, has_desk: bool) -> SeatView:
    """One seat; an agent whom cti does not know is offline."""
    return SeatView(
        id=record.id,
        name=record.name,
        state=agent.state if agent else "offline",
        reason=agent.reason if agent else "",
        since=agent.since if agent else None,
        line=agent.line if agent else "down",
        desk=has_desk,
        queues=agent.queues if agent else (),
        call_id=agent.call_id if agent else "",
        pause_asked=agent.pause_asked if agent else "",
        hand_raised_at=agent.hand_raised_at if agent else None,
        supervised_by=agent.supervised_by if agent else (),
    )


def board_call_view(call: LiveCall) -> BoardCallView | None:
    """A living call; one that ended leaves the board."""
    if call.state == ENDED:
        return None
    return BoardCallView(
        id=call.id,
        state=call.state,
        agent=call.agent,
        queue=call.queue,
        queue_name=queue_name(call.queue),
        number_masked=mask_number(call.number),
        arrived_at=call.arrived_at,
        joined_at=call.joined_at,
        answered_at=call.answered_at,
        third=_third(call),
        emergency=call.emergency.service if call.emergency else "",
        emergency_state=call.emergency.state if call.emergency else "",
        caller_gone=call.caller_gone,
    )


def _third(call: LiveCall) -> str:
    """The department in a three-way call now."""
    asked = call.threeway
    return asked.department if asked is not None and asked.state != ENDED else ""

"""How a call ended, by whom, and whether its caller has to be called back: pure, from all that happened in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cti.core.verdict import verdict
from storage.parties import Parties
from storage.party_story import talk_seconds
from storage.project import CallRow, EventRow

STAFF = {"agent", "specialist", "emergency", "centre"}
OUTCOMES = {"abandoned_menu": "abandoned_in_menu", "abandoned_queue": "abandoned_in_queue", "lost": "cut"}
"""The core's word for an outcome, where the store has had another from the beginning."""
OUTBOUND = "outbound"
"""The trunk of a call that a desk has placed: its other end wanted nothing of us."""
AWAY = {"specialist", "department", "centre"}
"""Kinds of transfer with which a caller leaves the centre's own agents."""
TURNED_AWAY = "34"
"""Q.850 «no circuit available»: what the dialplan says when every place in the queue is taken."""
WAITS_AGAIN = {"CallerJoinedQueue", "CallerTransferredToQueue", "AgentLost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A caller who wanted something and did not get it: where he was, and since when he is gone."""

    stage: str
    missed_at: datetime


def closed_call(call: CallRow, told: Parties, now: datetime) -> CallRow:
    """The call's row with what only all of its events tell: talk time, outcome, who ended it and when."""
    talked = talk_seconds(told, now)
    call = call if talked is None else replace(call, talk_s=talked)
    if call.ended_at is None:
        return call
    staff = [leg for leg in told.legs.values() if leg.role in STAFF and leg.answered_at] if told.emergencies else []
    if any(leg.to_at is None for leg in staff):
        return replace(call, ended_at=None, outcome=None)  # the caller left, agent and operator go on
    end = verdict(told.core)
    last = max([call.ended_at, *(leg.to_at for leg in staff if leg.to_at)])
    return replace(call, ended_at=last, outcome=OUTCOMES.get(end.outcome, end.outcome), ended_by=end.ended_by)


def missed(call: CallRow, told: Parties, events: Sequence[EventRow], *, menu_seconds: float) -> Missed | None:
    """Whether somebody has to call back; never for a withheld number.

    A caller who left the menu before `menu_seconds` may have dialled a wrong number.
    """
    at = call.ended_at
    if at is None or call.number_hash is None or call.trunk == OUTBOUND or _in_other_hands(told):
        return None
    if call.outcome == "cut":
        return Missed(stage="cut", missed_at=at)
    if call.answered_at is not None:
        stage = _waiting_again(events)
        return Missed(stage=stage, missed_at=at) if stage else None
    if call.joined_at is not None or call.hang_up_cause == TURNED_AWAY:
        return Missed(stage="queue", missed_at=at)
    stayed = (at - call.arrived_at).total_seconds() if call.arrived_at else 0.0
    return Missed(stage="menu", missed_at=at) if stayed >= menu_seconds else None


def _in_other_hands(told: Parties) -> bool:
    """An emergency operator or somebody outside the centre has taken the caller over."""
    reached = any(each.reached_at for each in told.emergencies)
    return reached or any(each.outcome == "done" and each.kind in AWAY for each in told.transfers)


def _waiting_again(events: Sequence[EventRow]) -> str:
    """Where a caller was who had been answered and then was in no talk any more; empty for one who was."""
    last = [event for event in events if event.kind in WAITS_AGAIN or event.kind == "AgentAnswered"][-1]
    if last.kind == "AgentAnswered":
        return ""
    return "cut" if last.kind == "AgentLost" else "queue"

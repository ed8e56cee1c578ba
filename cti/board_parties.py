"""What the desks see of a call's other parties: legs, three-way, emergency, transfer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cti.core.call import Call
from cti.core.emergency import Emergency
from cti.core.leg import Leg
from cti.core.threeway import ThreeWay
from cti.core.transfer import Transfer


def party_rows(call: Call) -> dict[str, Any]:
    """Fields of a call's row."""
    return {
        "legs": [leg_row(leg) for leg in call.legs],
        "threeway": threeway_row(call.threeway) if call.threeway else None,
        "emergency": emergency_row(call.emergency) if call.emergency else None,
        "transfer": transfer_row(call.transfer) if call.transfer else None,
        "recording_paused": bool(call.recording_paused),
        "caller_gone": call.caller_gone,
    }


def leg_row(leg: Leg) -> dict[str, Any]:
    return {
        "leg": leg.leg,
        "role": leg.role,
        "party": leg.party,
        "label": leg.label,
        "state": leg.state.value,
        "muted": leg.muted,
        "held": leg.held,
        "in_room": leg.in_room,
        "reason": leg.reason,
        "since": iso(leg.since),
    }


def threeway_row(threeway: ThreeWay) -> dict[str, Any]:
    return {
        "entry": threeway.entry,
        "department": threeway.department,
        "state": threeway.state.value,
        "number_index": threeway.number_index,
        "numbers": threeway.numbers,
        "since": iso(threeway.since),
        "reason": threeway.reason,
        "solved": threeway.solved,
    }


def emergency_row(emergency: Emergency) -> dict[str, Any]:
    return {
        "service": emergency.service,
        "state": emergency.state.value,
        "route": emergency.route,
        "tried": [{"route": tried.route, "reason": tried.reason} for tried in emergency.tried],
        "reached_at": iso(emergency.reached_at),
        "ended_by": emergency.ended_by,
        "since": iso(emergency.since),
    }


def transfer_row(transfer: Transfer) -> dict[str, Any]:
    return {
        "kind": transfer.kind,
        "target": transfer.target,
        "state": transfer.state.value,
        "reason": transfer.reason,
        "since": iso(transfer.since),
    }


def iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None

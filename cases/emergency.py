"""The record of one emergency as it is handed to the services' own systems: a press with all that came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cases.masking import mask_number

DESK, CASE = "desk", "case"
"""Where a text comes from: sent along with the press, or written down in the call's case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTry:
    """One line that was called; `result` is answered, busy, refused, unanswered or dead, empty while it rings."""

    route: str
    tried_at: datetime | None
    ended_at: datetime | None
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedCase:
    case_id: str
    number: str
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRef:
    """Opened by its own right; here it is only named."""

    recording_id: str
    role: str
    party: str
    state: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRecord:
    """`id` is the call's id, a colon, and which of its emergencies this is, from 1. `number` is clear.

    `how` is desk, second_call, dtmf, menu or unknown; `outcome` reached, failed, cancelled or lost, empty while
    it rings; `ended_by` operator, system, or agent for one that was cancelled.
    """

    id: str
    call_id: str
    service: str
    how: str
    pressed_at: datetime
    pressed_by: str = ""
    district: str = ""
    location: str = ""
    location_from: str = ""
    summary: str = ""
    summary_from: str = ""
    number: str = ""
    outcome: str = ""
    route: str = ""
    routes: tuple[RouteTry, ...] = ()
    reached_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    agent_left_at: datetime | None = None
    caller_left_at: datetime | None = None
    cases: tuple[LinkedCase, ...] = ()
    recordings: tuple[RecordingRef, ...] = ()

    @property
    def confidential(self) -> bool:
        return any(case.confidential for case in self.cases)

    @property
    def operator_s(self) -> float | None:
        """How long the operator was there; None while he is, and when nobody was reached."""
        if self.reached_at is None or self.ended_at is None:
            return None
        return round(max(0.0, (self.ended_at - self.reached_at).total_seconds()), 3)


def document(record: EmergencyRecord, *, clear: bool = False) -> Mapping[str, object]:
    """The JSON object of one emergency; the caller's number is masked unless `clear`."""
    return {
        "id": record.id,
        "call_id": record.call_id,
        "cases": [{"case_id": case.case_id, "number": case.number} for case in record.cases],
        "service": record.service,
        "how": record.how,
        "pressed_at": stamp(record.pressed_at),
        "pressed_by": record.pressed_by,
        "district": record.district,
        "location": record.location,
        "location_from": record.location_from,
        "summary": record.summary,
        "summary_from": record.summary_from,
        "caller": {"number": record.number if clear else mask_number(record.number), "clear": clear},
        "routes": _routes(record.routes),
        "outcome": record.outcome,
        "operator": {
            "route": record.route,
            "reached_at": stamp(record.reached_at),
            "left_at": stamp(record.ended_at) if record.reached_at else None,
            "stayed_s": record.operator_s,
        },
        "ended_at": stamp(record.ended_at),
        "ended_by": record.ended_by,
        "agent_left_at": stamp(record.agent_left_at),
        "caller_left_at": stamp(record.caller_left_at),
        "recordings": [
            {
                "recording_id": each.recording_id,
                "role": each.role,
                "party": each.party,
                "state": each.state,
                "seconds": each.seconds,
            }
            for each in record.recordings
        ],
    }


def _routes(tried: Sequence[RouteTry]) -> list[dict[str, object]]:
    return [
        {
            "route": each.route,
            "tried_at": stamp(each.tried_at),
            "ended_at": stamp(each.ended_at),
            "result": each.result,
        }
        for each in tried
    ]


def stamp(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None

"""What one event changes in the row of its call and of its recordings: pure, one small function a kind."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog

from storage.months import month_of_call

log = structlog.get_logger(__name__)

RAW = "recordings/raw"
"""Where Asterisk writes, under HOTLINE_HOME; a recording's URI is relative to HOTLINE_HOME."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One stored event; `body` as the journal holds it (numbers and names sealed)."""

    centre_id: str
    node_id: str
    at: datetime
    kind: str
    call_id: str | None
    agent_id: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One row of `calls`, in the order of its columns. Times are UTC, durations seconds."""

    centre_id: str
    created_month: date
    call_id: str
    node_id: str
    number_sealed: bytes | None = None
    number_key: str | None = None
    number_hash: bytes | None = None
    name_sealed: bytes | None = None
    name_key: str | None = None
    dialled: str | None = None
    diverted_from: str | None = None
    trunk: str | None = None
    keys_pressed: str | None = None
    queue: str | None = None
    agent_id: str | None = None
    arrived_at: datetime | None = None
    joined_at: datetime | None = None
    answered_at: datetime | None = None
    talking_since: datetime | None = None
    held_since: datetime | None = None
    ended_at: datetime | None = None
    wait_s: float | None = None
    talk_s: float = 0.0
    hold_s: float = 0.0
    fallback: bool = False
    outcome: str | None = None
    hang_up_cause: str | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """One row of `recordings`, in the order of its columns."""

    centre_id: str
    created_month: date
    recording_id: UUID
    call_id: str
    leg: str
    role: str
    state: str
    uri: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    seconds: float | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    fault: str | None = None
    sealed_at: datetime | None = None


def new_call(event: EventRow) -> CallRow:
    """The empty row of a call that `event` is the first to mention."""
    call_id = event.call_id or ""
    month = month_of_call(call_id)
    return CallRow(centre_id=event.centre_id, created_month=month, call_id=call_id, node_id=event.node_id)


def call_after(call: CallRow, event: EventRow) -> CallRow:
    """The call's row after `event`; an event of no interest to it changes nothing."""
    change = CALL_CHANGES.get(event.kind)
    return change(call, event) if change else call


def call_of(events: Sequence[EventRow]) -> CallRow:
    """The row that all events of one call make, in the order of their times; one that does not fit is passed over."""
    call = new_call(events[0])
    for event in events:
        try:
            call = call_after(call, event)
        except (KeyError, TypeError, ValueError) as error:
            log.error("event_not_projected", kind=event.kind, call_id=event.call_id, reason=repr(error))
    return call


def recording_id(centre_id: str, call_id: str, leg: str) -> UUID:
    """The same recording always has the same id, whoever computes it."""
    return uuid5(NAMESPACE_URL, f"recording:{centre_id}/{call_id}/{leg}")


def new_recording(event: EventRow) -> RecordingRow:
    """The row of the recording that `event` is the first to mention."""
    call_id, leg = event.call_id or "", str(event.body.get("leg", ""))
    return RecordingRow(
        centre_id=event.centre_id,
        created_month=month_of_call(call_id),
        recording_id=recording_id(event.centre_id, call_id, leg),
        call_id=call_id,
        leg=leg,
        role=str(event.body.get("role", "")),
        state="recording",
    )


def recording_after(recording: RecordingRow, event: EventRow) -> RecordingRow:
    """The recording's row after `event` (only of the kinds in RECORDING_CHANGES)."""
    return RECORDING_CHANGES[event.kind](recording, event)


def _arrived(call: CallRow, event: EventRow) -> CallRow:
    body = event.body
    number_key, number = _sealed(body.get("number"))
    name_key, name = _sealed(body.get("name"))
    hashed = body.get("number_hash")
    return replace(
        call,
        arrived_at=call.arrived_at or event.at,
        number_sealed=number,
        number_key=number_key,
        number_hash=bytes.fromhex(hashed) if hashed else None,
        name_sealed=name,
        name_key=name_key,
        dialled=_text(body.get("dialled")),
        diverted_from=_text(body.get("diverted_from")),
        trunk=_text(body.get("trunk")),
    )


def _key_pressed(call: CallRow, event: EventRow) -> CallRow:
    return replace(call, keys_pressed=(call.keys_pressed or "") + str(event.body.get("key", "")))


def _fallback_taken(call: CallRow, event: EventRow) -> CallRow:
    return replace(call, fallback=True)


def _joined(call: CallRow, event: EventRow) -> CallRow:
    return replace(call, joined_at=call.joined_at or event.at, queue=_text(event.body.get("queue")) or call.queue)


def _abandoned(call: CallRow, event: EventRow) -> CallRow:
    waited = event.body.get("waited_s")
    return replace(call, wait_s=_seconds(call, event.at) if waited is None else float(waited))


def _answered(call: CallRow, event: EventRow) -> CallRow:
    first = call.answered_at is None
    waited = event.body.get("waited_s")
    return replace(
        call,
        answered_at=call.answered_at or event.at,
        wait_s=(_seconds(call, event.at) if waited is None else float(waited)) if first else call.wait_s,
        agent_id=event.agent_id or _text(event.body.get("agent")) or call.agent_id,
        talking_since=event.at,
    )


def _held(call: CallRow, event: EventRow) -> CallRow:
    return replace(_talk_counted(call, event.at), held_since=call.held_since or event.at)


def _retrieved(call: CallRow, event: EventRow) -> CallRow:
    return replace(_hold_counted(call, event.at), talking_since=event.at)


def _agent_gone(call: CallRow, event: EventRow) -> CallRow:
    return _hold_counted(_talk_counted(call, event.at), event.at)


def _ended(call: CallRow, event: EventRow) -> CallRow:
    """The end as the caller lived it; a second end (a late hang-up after a cut) changes nothing."""
    if call.ended_at is not None:
        return call
    counted = _agent_gone(call, event)
    cause = _text(event.body.get("cause") or event.body.get("reason"))
    wait = _seconds(call, event.at) if call.answered_at is None and call.wait_s is None else call.wait_s
    outcome = "cut" if event.kind == "CallCut" else _outcome(call)
    return replace(counted, ended_at=event.at, outcome=outcome, hang_up_cause=cause, wait_s=wait)


def _outcome(call: CallRow) -> str:
    if call.answered_at is not None:
        return "answered"
    return "abandoned_in_queue" if call.joined_at is not None else "abandoned_in_menu"


def _talk_counted(call: CallRow, at: datetime) -> CallRow:
    if call.talking_since is None:
        return call
    talked = max(0.0, (at - call.talking_since).total_seconds())
    return replace(call, talk_s=call.talk_s + talked, talking_since=None)


def _hold_counted(call: CallRow, at: datetime) -> CallRow:
    if call.held_since is None:
        return call
    held = max(0.0, (at - call.held_since).total_seconds())
    return replace(call, hold_s=call.hold_s + held, held_since=None)


def _seconds(call: CallRow, at: datetime) -> float | None:
    """How long the caller has waited in queues; None for one who never joined."""
    return max(0.0, (at - call.joined_at).total_seconds()) if call.joined_at else None


def _recording_started(recording: RecordingRow, event: EventRow) -> RecordingRow:
    if recording.state != "recording":
        return recording
    return replace(recording, started_at=event.at, uri=f"{RAW}/{event.body.get('path', '')}")


def _recording_closed(recording: RecordingRow, event: EventRow) -> RecordingRow:
    body = event.body
    return replace(
        recording,
        state=_text(body.get("state")) or "closed",
        uri=_text(body.get("uri")) or recording.uri,
        sha256=_text(body.get("sha256")),
        bytes=body.get("bytes"),
        seconds=body.get("seconds"),
        closed_at=event.at,
        fault=None,
    )


def _sealed(value: Any) -> tuple[str | None, bytes | None]:
    """A sealed field as its two columns. A clear text here is a mistake of the caller: it is not stored."""
    if not isinstance(value, Mapping):
        return None, None
    return str(value["k"]), base64.b64decode(value["c"])


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


CALL_CHANGES: dict[str, Callable[[CallRow, EventRow], CallRow]] = {
    "CallArrived": _arrived,
    "MenuKeyPressed": _key_pressed,
    "FallbackTaken": _fallback_taken,
    "CallerJoinedQueue": _joined,
    "CallerAbandoned": _abandoned,
    "AgentAnswered": _answered,
    "CallerHeld": _held,
    "CallerRetrieved": _retrieved,
    "AgentLeft": _agent_gone,
    "AgentLost": _agent_gone,
    "CallerHungUp": _ended,
    "CallCut": _ended,
}

RECORDING_CHANGES: dict[str, Callable[[RecordingRow, EventRow], RecordingRow]] = {
    "RecordingStarted": _recording_started,
    "RecordingClosed": _recording_closed,
}

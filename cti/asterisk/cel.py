"""Asterisk's own log of channels (CEL) as events of calls: the second source of what happened."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cti.asterisk.cel_emergency import WORD as EMERGENCY
from cti.asterisk.cel_emergency import Step, step_of, told
from cti.asterisk.names import agent_of
from cti.asterisk.translate import NO_AGENTS
from cti.asterisk.translate_legs import LOCAL
from cti.core.events import AgentAnswered, AgentLeft, CallArrived, CallerHungUp, CallEvent
from cti.core.ids import CallId, Channel, LegId, QueueName
from cti.core.leg import AGENT, CALLER
from cti.core.leg_events import LegHungUp, LegJoinedBridge, LegLeft, LegLeftBridge

FIELDS = 8
CALL = "HC"
"""A call's id is this before its caller's Uniqueid."""
INCOMING = "Answer"
"""The application that answered a caller's leg; legs that we made were answered by their phones."""
QUEUE = "AppQueue"
OTHER = "centre"
"""The role of a third party: specialists, department lines and other centres are reached by the same trunks, and CEL
has neither context nor variable to tell them apart. Of an emergency's operator the dialplan says so itself."""
ROOM = "ConfBridge"
OUTBOUND = "outbound"
"""The trunk of a call that a desk has placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of CEL."""

    event: str
    at: datetime
    leg: LegId
    linked: LegId
    account: str
    channel: Channel
    application: str
    bridge: str
    cause: int
    source: str
    """Whose hang-up it was: a channel's name, or the dialplan."""
    step: Step | None = None
    """What the dialplan itself said of an emergency."""


def rows_of(lines: Iterable[str]) -> Iterator[Row]:
    """Lines of the file as rows; one that was cut by a crash, or that is no line of ours, is passed over."""
    for fields in csv.reader(lines):
        row = _row(fields)
        if row is not None:
            yield row


def _row(fields: list[str]) -> Row | None:
    if len(fields) != FIELDS:
        return None
    event, at, leg, linked, account, channel, application, extra = fields
    try:
        told = json.loads(extra) if extra else {}
        return Row(
            event=event,
            at=datetime.fromtimestamp(float(at), UTC),
            leg=LegId(leg),
            linked=LegId(linked),
            account=account,
            channel=Channel(channel),
            application=application,
            bridge=str(told.get("bridge_id", "")),
            cause=int(told.get("hangupcause", 0)),
            source=str(told.get("hangupsource", "")),
            step=step_of(str(told.get("extra", ""))),
        )
    except (ValueError, TypeError, AttributeError, OverflowError, OSError):
        return None


def by_call(rows: Iterable[Row], known: Iterable[CallId] = ()) -> dict[CallId, list[Row]]:
    """Rows of each call: of one whose caller was answered here, of `known` ones, and of whatever a leg names.

    The last may be no call at all, or one that began before these rows: whoever knows the calls must judge.
    """
    rows = [row for row in rows if row.step or not row.channel.startswith(LOCAL)]
    calls = {CallId(CALL + row.leg) for row in rows if _is_caller(row)} | set(known)
    calls |= {CallId(row.account) for row in rows if row.account.startswith(CALL)}
    calls |= {CallId(CALL + row.linked) for row in rows if row.linked != row.leg and row.step is None}
    calls |= {row.step.call_id for row in rows if row.step is not None}
    found: defaultdict[CallId, list[Row]] = defaultdict(list)
    for row in rows:
        call_id = next((each for each in _names(row) if each in calls), None)
        if call_id is not None:
            found[call_id].append(row)
    return dict(found)


def _is_caller(row: Row) -> bool:
    return row.event == "ANSWER" and row.application == INCOMING and not _is_agent(row)


def _is_agent(row: Row) -> bool:
    return not row.channel.startswith(tuple(f"PJSIP/{name}" for name in (*NO_AGENTS, "hl-")))


def _names(row: Row) -> tuple[CallId, ...]:
    """The calls that a row may belong to: what it says or carries, its own leg's, that of the leg it came of."""
    if row.step is not None:
        return (row.step.call_id,)
    return CallId(row.account), CallId(CALL + row.leg), CallId(CALL + row.linked)


def events_of(call_id: CallId, rows: Iterable[Row]) -> tuple[CallEvent, ...]:
    """What the rows of one call tell, in the order of their times; nothing of a dial that nobody answered."""
    rows = sorted(rows, key=lambda row: row.at)
    own, caller = LegId(call_id.removeprefix(CALL)), caller_of(call_id, rows)
    if caller is None:
        return ()
    if caller != own:
        rows = _since_answered(rows, own, caller)
    answered = {row.leg: row.application for row in rows if row.event == "ANSWER"}
    operators = {row.leg for row in rows if row.step and row.step.state == "reached"}
    events: list[CallEvent] = []
    for row in rows:
        if row.step is not None:
            events += told(row.step, row.at, row.leg, row.channel)
            continue
        role = EMERGENCY if row.leg in operators else _role(caller, row, answered.get(row.leg, row.application))
        match row.event:
            case "ANSWER":
                events += _answered(call_id, row, role, OUTBOUND if caller != own else "")
            case "BRIDGE_ENTER":
                events.append(_joined(call_id, row, role))
            case "BRIDGE_EXIT":
                left = LegLeftBridge(call_id=call_id, at=row.at, leg=row.leg, role=role, bridge=row.bridge)
                events.append(left)
            case "HANGUP" if row.leg in answered or role == CALLER:
                events += _hung_up(call_id, row, role)
            case _:
                pass
    return tuple(events)


def caller_of(call_id: CallId, rows: Iterable[Row]) -> LegId | None:
    """The leg that names the call; of one that a desk has placed, whose own leg names it, whoever answered there."""
    own, rows = LegId(call_id.removeprefix(CALL)), list(rows)
    if not any(row.leg == own and _is_agent(row) for row in rows):
        return own
    return next((row.leg for row in rows if row.event == "ANSWER" and not _is_agent(row)), None)


def _since_answered(rows: Iterable[Row], own: LegId, caller: LegId) -> list[Row]:
    """A call that a desk has placed begins with the answer, though the desk's own leg was there before."""
    rows = list(rows)
    begun = next(row.at for row in rows if row.leg == caller and row.event == "ANSWER")
    moved = [replace(row, at=max(row.at, begun)) if row.leg == own else row for row in rows]
    return sorted(moved, key=lambda row: (row.at, row.leg != caller))


def _role(caller: LegId, row: Row, answered_by: str) -> str:
    """A supervisor's leg has an agent's name too, but the dialplan wrote the call's id on it before it was dialled.

    A colleague to whom the caller was transferred is dialled as well, with nothing written on his leg.
    """
    if row.leg == caller:
        return CALLER
    return AGENT if _is_agent(row) and (answered_by in {QUEUE, ""} or not row.account) else OTHER


def _answered(call_id: CallId, row: Row, role: str, trunk: str) -> list[CallEvent]:
    if role == CALLER:
        return [
            CallArrived(
                call_id=call_id,
                at=row.at,
                caller_channel=row.channel,
                caller_leg=row.leg,
                number="",
                name="",
                dialled="",
                diverted_from="",
                trunk=trunk,
            )
        ]
    if role != AGENT:
        return []
    return [
        AgentAnswered(
            call_id=call_id,
            at=row.at,
            agent=agent_of(row.channel),
            leg=row.leg,
            channel=row.channel,
            queue=QueueName(""),
            waited_s=0.0,
        )
    ]


def _joined(call_id: CallId, row: Row, role: str) -> LegJoinedBridge:
    return LegJoinedBridge(
        call_id=call_id,
        at=row.at,
        leg=row.leg,
        role=role,
        channel=row.channel,
        bridge=row.bridge,
        room=row.application == ROOM,
    )


def _hung_up(call_id: CallId, row: Row, role: str) -> list[CallEvent]:
    own: list[CallEvent] = []
    if row.source == row.channel:
        own.append(LegHungUp(call_id=call_id, at=row.at, leg=row.leg, role=role))
    if role == CALLER:
        return [*own, CallerHungUp(call_id=call_id, at=row.at, cause=row.cause)]
    left = LegLeft(call_id=call_id, at=row.at, leg=row.leg, role=role, cause=row.cause)
    if role != AGENT:
        return [*own, left]
    agent = agent_of(row.channel)
    return [*own, AgentLeft(call_id=call_id, at=row.at, agent=agent, leg=row.leg, cause=row.cause), left]

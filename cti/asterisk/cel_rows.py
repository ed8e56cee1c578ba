"""Lines of Asterisk's own log of channels (CEL), and the calls to which they belong."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cti.asterisk.cel_emergency import Step, step_of
from cti.asterisk.cel_words import Word, word_of
from cti.asterisk.translate import NO_AGENTS
from cti.asterisk.translate_legs import LOCAL
from cti.core.ids import CallId, Channel, LegId

FIELDS = 8
CALL = "HC"
"""A call's id is this before its caller's Uniqueid."""
INCOMING = "Answer"
"""The application that answered a caller's leg; legs that we made were answered by their phones."""


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
    said: Step | Word | None = None
    """What the dialplan itself said, of an emergency or of a leg."""


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
        text = str(told.get("extra", ""))
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
            said=step_of(text) or word_of(text),
        )
    except (ValueError, TypeError, AttributeError, OverflowError, OSError):
        return None


def by_call(rows: Iterable[Row], known: Iterable[CallId] = ()) -> dict[CallId, list[Row]]:
    """Rows of each call: of one whose caller was answered here, of `known` ones, and of whatever a leg names.

    The last may be no call at all, or one that began before these rows: whoever knows the calls must judge.
    """
    rows = [row for row in rows if row.said or not row.channel.startswith(LOCAL)]
    calls = {CallId(CALL + row.leg) for row in rows if _is_caller(row)} | set(known)
    calls |= {CallId(row.account) for row in rows if row.account.startswith(CALL)}
    calls |= {CallId(CALL + row.linked) for row in rows if row.linked != row.leg and row.said is None}
    calls |= {row.said.call_id for row in rows if row.said is not None}
    found: defaultdict[CallId, list[Row]] = defaultdict(list)
    for row in rows:
        call_id = next((each for each in _names(row) if each in calls), None)
        if call_id is not None:
            found[call_id].append(row)
    return dict(found)


def _is_caller(row: Row) -> bool:
    return row.event == "ANSWER" and row.application == INCOMING and not is_agents(row)


def is_agents(row: Row) -> bool:
    """Whether the channel is that of a desk's phone."""
    return not row.channel.startswith(tuple(f"PJSIP/{name}" for name in (*NO_AGENTS, "hl-")))


def _names(row: Row) -> tuple[CallId, ...]:
    """The calls that a row may belong to: what it says or carries, its own leg's, that of the leg it came of."""
    if row.said is not None:
        return (row.said.call_id,)
    return CallId(row.account), CallId(CALL + row.leg), CallId(CALL + row.linked)

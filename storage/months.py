"""Which month a row belongs to, told by its own id, so that it never has to be searched for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from uuid import UUID

_CALL_ID = re.compile(r"-([0-9]{9,11})\.[0-9]+$")
UUIDV7 = 7
UNKNOWN_MONTH = date(1970, 1, 1)
"""The month of a call whose id carries no time: always the same, so that its rows meet."""


def month_of(at: datetime) -> date:
    """The first day of the month of an aware stamp, in UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def month_of_call(call_id: str) -> date:
    """The month in which Asterisk made the call: `HC<node>-<epoch>.<n>` holds the second."""
    found = _CALL_ID.search(call_id)
    return month_of(datetime.fromtimestamp(int(found[1]), UTC)) if found else UNKNOWN_MONTH


def day_folder_of_call(call_id: str) -> str:
    """`YYYY/MM/DD` (UTC) in which the call's recordings lie; empty for an id that carries no time."""
    found = _CALL_ID.search(call_id)
    return f"{datetime.fromtimestamp(int(found[1]), UTC):%Y/%m/%d}" if found else ""


def month_of_case(case_id: UUID) -> date:
    """The month in a UUIDv7 (RFC 9562: the first 48 bits are milliseconds since 1970)."""
    if case_id.version != UUIDV7:  # none of ours: it names no case
        return UNKNOWN_MONTH
    return month_of(datetime.fromtimestamp((case_id.int >> 80) / 1000, UTC))

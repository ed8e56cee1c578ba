"""What became of an attempt to call somebody back: told by the dial itself, whoever or whatever asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from storage.months import month_of_call
from storage.project import EventRow

REACHED = "reached"
RANG = frozenset({"busy", "unanswered", "refused", "dead"})
"""The number was dialled in vain: it counts, and the next attempt waits."""
NOT_MADE = frozenset({"cancelled", "no_desk", "not_allowed", "not_tried"})
"""The other phone did not ring, or not for long: as if nobody had tried."""
FAILED = RANG | NOT_MADE
PAUSE = timedelta(minutes=5)
"""From the beginning of one attempt to the next; what the centre sets goes before it."""
DIAL_NOT_REACHED = "DialNotReached"

GIVE_BACK = """
    UPDATE callbacks SET state = 'open', taken_until = NULL, last_outcome = $4, attempts = GREATEST(attempts - $5, 0)
    WHERE centre_id = $1 AND state = 'taken' AND taken_by = $3 AND taken_at <= $6 AND number_hash =
        (SELECT number_hash FROM callbacks WHERE centre_id = $1 AND created_month = $7 AND call_id = $2)
"""
"""An attempt that began after this one ended is another one."""


async def attempts_failed(connection: asyncpg.Connection, news: Sequence[EventRow]) -> None:
    """Missed callers who were not reached are open again; one who answers is taken off the list by his call."""
    for event in news:
        callback_id = str(event.body.get("callback_id") or "")
        if event.kind == DIAL_NOT_REACHED and callback_id:
            outcome = outcome_of(str(event.body.get("reason") or ""))
            month = month_of_call(callback_id)
            given = (event.centre_id, callback_id, event.agent_id, outcome, uncounted(outcome), event.at, month)
            await connection.execute(GIVE_BACK, *given)


def outcome_of(reason: str) -> str:
    """A reason of a dial as an outcome of the list."""
    return reason if reason in FAILED else "dead"


def uncounted(outcome: str) -> int:
    """How many attempts to take back: the one that was counted when it was taken, if none was made."""
    return int(outcome in NOT_MADE)

"""The call that was made about a case belongs to the case: linked as soon as it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from storage.months import month_of_case
from storage.project import EventRow

ARRIVED = "CallArrived"
LINK = """
    INSERT INTO case_calls (centre_id, created_month, case_id, call_id, linked_at)
    SELECT cases.centre_id, cases.created_month, cases.case_id, $4, $5 FROM cases
    WHERE centre_id = $1 AND created_month = $2 AND case_id = $3
    ON CONFLICT DO NOTHING
"""


async def link_calls(connection: asyncpg.Connection, news: Sequence[EventRow]) -> None:
    """Each call that names a case of ours; a name that is none changes nothing."""
    for event in news:
        case_id = _case_of(event)
        if case_id is not None:
            month = month_of_case(case_id)
            await connection.execute(LINK, event.centre_id, month, case_id, event.call_id, event.at)


def _case_of(event: EventRow) -> UUID | None:
    if event.kind != ARRIVED or not event.body.get("case_id"):
        return None
    try:
        return UUID(str(event.body["case_id"]))
    except ValueError:
        return None

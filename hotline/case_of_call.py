"""The printed number of the case that a call became, for those who only know the call."""

from __future__ import annotations

import asyncio
import time

from hotline import secrets_store
from hotline.runtime.postgres import database_url
from hotline.settings import Settings
from hotline.wiring.web import personal_fields
from storage.calls import CallStore
from storage.database import Database, DatabaseAway

ASK_AGAIN_S = 0.3


def case_number(settings: Settings, call_id: str, seconds: float) -> str | None:
    """Ask for at most so many seconds: the drainer brings a call to the database about every two seconds."""
    return asyncio.run(_case_number(settings, call_id, seconds))


async def _case_number(settings: Settings, call_id: str, seconds: float) -> str | None:
    secrets = secrets_store.read(settings)
    database = Database(database_url(settings, secrets), pool=1)
    calls = CallStore(database, personal_fields(secrets, settings.centre_id), centre_id=settings.centre_id)
    until = time.monotonic() + seconds
    try:
        while True:
            call = await calls.call(call_id)
            if call is not None and call.case_numbers:
                return ", ".join(call.case_numbers)
            if time.monotonic() > until:
                return None
            await asyncio.sleep(ASK_AGAIN_S)
    except DatabaseAway:
        return None
    finally:
        await database.close()

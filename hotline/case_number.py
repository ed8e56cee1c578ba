"""Which case a call became: asked of the store by `hotline call`."""

from __future__ import annotations

import asyncio
import time

from hotline import secrets_store
from hotline.runtime.postgres import database_url
from hotline.secrets_store import SecretsMissing
from hotline.settings import Settings
from storage.calls import CallStore
from storage.database import Database, DatabaseAway
from storage.fields import Fields

LOOK_EVERY_S = 0.3


def ask(settings: Settings, call_id: str, seconds: float) -> str | None:
    """The printed number of the call's case, waited for at most `seconds`; None when there is none to see."""
    try:
        return asyncio.run(_ask(settings, call_id, seconds))
    except (DatabaseAway, SecretsMissing):
        return None


async def _ask(settings: Settings, call_id: str, seconds: float) -> str | None:
    secrets = secrets_store.read(settings)
    database = Database(database_url(settings, secrets), pool=1)
    fields = Fields(secrets.fields.as_json(), secrets.hash_key, settings.centre_id)
    calls = CallStore(database, fields, centre_id=settings.centre_id)
    until = time.monotonic() + seconds
    try:
        while True:
            line = await calls.call(call_id)
            if line is not None and line.case_numbers:
                return line.case_numbers[0]
            if time.monotonic() > until:
                return None
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await database.close()

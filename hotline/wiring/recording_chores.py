"""What is done with recordings beside the calls: looked after each minute, sealed, expired by rule."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from cti.core.ports import PersonalFields
from hotline.settings import Settings
from storage.audit import AuditStore
from storage.callbacks import CallbackStore
from storage.database import Database, DatabaseAway
from storage.recording_check import RecordingCheck
from storage.recording_keep import QuietThread, RecordingKeeper
from storage.recordings import RecordingFiles

LOOK_SECONDS = 60.0
LOOK_BACK = timedelta(hours=2)
LOOK_FAR_SECONDS = 240.0
LOOK_FAR_BACK = timedelta(days=2)
SEAL_SECONDS = 20.0
EXPIRE_SECONDS = 3600.0
TICK_SECONDS = 5.0

log = structlog.get_logger(__name__)

Chore = Callable[[], Awaitable[object]]


async def run(settings: Settings, database: Database, fields: PersonalFields) -> None:
    """Until cancelled. A chore that fails is said and tried again at its next time."""
    thread = QuietThread()
    every = _chores(settings, database, fields, thread)
    due = {name: time.monotonic() + seconds for name, (seconds, _) in every.items()}
    try:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for name, (seconds, chore) in every.items():
                if time.monotonic() >= due[name]:
                    await _done(name, chore)
                    due[name] = time.monotonic() + seconds
    finally:
        thread.close()


async def _done(name: str, chore: Chore) -> None:
    try:
        await chore()
    except DatabaseAway:
        return
    except Exception:
        log.exception("chore_failed", chore=name, alarm=True)


def _chores(
    settings: Settings, database: Database, fields: PersonalFields, thread: QuietThread
) -> dict[str, tuple[float, Chore]]:
    files, centre, node = RecordingFiles(settings.home), settings.centre_id, settings.node_id
    check = RecordingCheck(database, files, centre_id=centre, node_id=node)
    keeper = RecordingKeeper(database, files, fields, centre_id=centre, node_id=node)
    audit = AuditStore(database, centre_id=centre)
    missed = CallbackStore(database, fields, centre_id=centre)
    keep = timedelta(days=settings.recording_keep_days)

    async def expire() -> None:
        if keep:
            await keeper.expire(datetime.now(UTC), keep, audit)

    return {
        "look": (LOOK_SECONDS, lambda: check.faults(datetime.now(UTC), LOOK_BACK)),
        "look far": (LOOK_FAR_SECONDS, lambda: check.faults(datetime.now(UTC), LOOK_FAR_BACK)),
        "seal": (SEAL_SECONDS, lambda: keeper.seal_some(thread, datetime.now(UTC))),
        "callbacks": (LOOK_SECONDS, missed.close_answered),
        "expire": (EXPIRE_SECONDS, expire),
    }

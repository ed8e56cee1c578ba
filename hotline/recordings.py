"""Recordings from the command line: looked after, opened by right, removed when their time is over."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from hotline import secrets_store
from hotline.runtime.postgres import database_url
from hotline.settings import Settings
from hotline.wiring.web import personal_fields
from storage.audit import Act, AuditStore
from storage.calls import CallStore, UnknownRecording
from storage.database import Database, DatabaseAway
from storage.fields import Fields
from storage.recording_check import Fault, RecordingCheck
from storage.recording_keep import RecordingKeeper
from storage.recordings import RecordingFiles, RecordingMissing
from storage.sealed_files import SealBroken, SealedFile
from storage.sounds import PlainFile

PIECE = 1 << 20
A_PAGE = 100_000

Answer = TypeVar("Answer")


class RecordingNotOpened(RuntimeError):
    """A recording cannot be opened; the text says why."""


def check(settings: Settings, days: int, *, deep: bool) -> int:
    """Compare rows and files of the last `days`; `deep` reads every byte. 1 when something is wrong."""

    async def compare(database: Database, fields: Fields) -> list[Fault]:
        files = RecordingFiles(settings.home)
        one = RecordingCheck(database, files, centre_id=settings.centre_id, node_id=settings.node_id)
        now, back = datetime.now(UTC), timedelta(days=days)
        return [*await one.faults(now, back), *(await one.unreadable(now, back, fields) if deep else [])]

    faults = _with_database(settings, compare)
    for fault in faults:
        word = "已修复 repaired" if fault.repaired else fault.state
        print(f"{fault.call_id}  {fault.role:<10}  {fault.fault:<8}  {word:<16}  {fault.uri}")
    if not faults:
        print("录音完好 (every recording is as it should be)")
    return 1 if any(not fault.repaired for fault in faults) else 0


def decrypt(settings: Settings, recording_id: str, target: Path) -> int:
    """Write one recording in clear to a new 0600 file; who did is in the audit first."""

    async def opened(database: Database, fields: Fields) -> PlainFile | SealedFile:
        calls = CallStore(database, fields, centre_id=settings.centre_id)
        try:
            line = await calls.recording(UUID(recording_id))
            source = RecordingFiles(settings.home).sound(line.uri or "", fields)
        except (UnknownRecording, RecordingMissing, SealBroken, ValueError) as error:
            raise RecordingNotOpened(f"录音 {recording_id} 无法打开 (cannot be opened): {error}") from None
        audit = AuditStore(database, centre_id=settings.centre_id)
        await audit.note(f"cli:{getpass.getuser()}", Act.RECORDING_DECRYPTED, recording_id, call=line.call_id)
        return source  # type: ignore[return-value]

    source = _with_database(settings, opened)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for start in range(0, source.size, PIECE):
            file.write(source.bytes_at(start, PIECE))
    print(f"已写入 {target} ({source.size} 字节 bytes)。用后请删除 (remove it after use).")
    return 0


def expire(settings: Settings, *, dry_run: bool) -> int:
    """Remove what is older than `recording_keep_days` and belongs to no open case, or only say what would be."""
    keep = timedelta(days=settings.recording_keep_days)
    if not keep:
        print("recording_keep_days = 0: 永久保存 (kept for ever)")
        return 0

    async def work(database: Database, fields: Fields) -> list[str]:
        files = RecordingFiles(settings.home)
        keeper = RecordingKeeper(database, files, fields, centre_id=settings.centre_id, node_id=settings.node_id)
        now = datetime.now(UTC)
        if dry_run:
            gone = await keeper.expired(now, keep, limit=A_PAGE)
        else:
            gone = await keeper.expire(now, keep, AuditStore(database, centre_id=settings.centre_id))
        return [f"{each.ended_at:%Y-%m-%d}  {each.call_id}  {each.uri}" for each in gone]

    lines = _with_database(settings, work)
    print("\n".join(lines))
    word = "将删除 would be removed" if dry_run else "已删除 removed"
    print(f"{word}: {len(lines)}")
    return 0


def _with_database(settings: Settings, work: Callable[[Database, Fields], Awaitable[Answer]]) -> Answer:
    async def ask() -> Answer:
        secrets = secrets_store.read(settings)
        database = Database(database_url(settings, secrets), pool=2)
        try:
            return await work(database, personal_fields(secrets, settings.centre_id))
        finally:
            await database.close()

    try:
        return asyncio.run(ask())
    except DatabaseAway as error:
        raise RecordingNotOpened(f"数据库不可用 (the database is away): {error}") from None

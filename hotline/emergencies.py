"""Emergencies on the command line: what was pressed since when, and everything about one of them."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from cases.emergency import EmergencyRecord, document, stamp
from cases.masking import mask_number
from hotline import secrets_store
from hotline.runtime.postgres import database_url
from hotline.settings import Settings
from hotline.verify import moment
from hotline.wiring.web import personal_fields
from storage.audit import Act, AuditStore
from storage.database import Database, DatabaseAway
from storage.emergency_records import EmergencyStore, UnknownEmergency

Answer = TypeVar("Answer")


class NoEmergency(RuntimeError):
    """There is no such emergency, or the database cannot be asked."""


def show_since(settings: Settings, *, since: str, limit: int, as_json: bool) -> int:
    """Those pressed or changed since, oldest press first; numbers masked, the look is audited."""
    begun = moment(since, datetime.now(UTC))

    async def ask(store: EmergencyStore, audit: AuditStore) -> list[EmergencyRecord]:
        found = await store.since(begun, limit)
        if found:
            await audit.note(_me(), Act.EMERGENCIES_LISTED, f"{len(found)} since {stamp(begun)}")
        return found

    found = _asked(settings, ask)
    if as_json:
        told = {"since": stamp(begun), "emergencies": [document(record) for record in found]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print("\n".join([*map(_line, found), f"{len(found)} 次应急转接 (emergencies)"]))
    return 0


def show_one(settings: Settings, emergency_id: str, *, number: bool, as_json: bool) -> int:
    """All of one emergency; the caller's number in clear only when asked for. Audited first."""

    async def ask(store: EmergencyStore, audit: AuditStore) -> EmergencyRecord:
        try:
            record = await store.record(emergency_id)
        except UnknownEmergency:
            raise NoEmergency(f"没有应急记录 {emergency_id} (no such emergency)") from None
        await audit.note(_me(), Act.NUMBER_REVEALED if number else Act.EMERGENCY_SHOWN, record.id)
        return record

    record = _asked(settings, ask)
    if as_json:
        print(json.dumps(document(record, clear=number), ensure_ascii=False))
    else:
        print("\n".join(_words(record, number=number)))
    return 0


def _asked(settings: Settings, ask: Callable[[EmergencyStore, AuditStore], Awaitable[Answer]]) -> Answer:
    async def connected() -> Answer:
        secrets = secrets_store.read(settings)
        database = Database(database_url(settings, secrets), pool=1)
        fields = personal_fields(secrets, settings.centre_id)
        try:
            store = EmergencyStore(database, fields, centre_id=settings.centre_id)
            return await ask(store, AuditStore(database, centre_id=settings.centre_id))
        finally:
            await database.close()

    try:
        return asyncio.run(connected())
    except DatabaseAway as error:
        raise NoEmergency(f"数据库不可用 (the database is away): {error}") from None


def _me() -> str:
    return f"cli:{getpass.getuser()}"


def _line(record: EmergencyRecord) -> str:
    stayed = "-" if record.operator_s is None else f"{record.operator_s:.1f} s"
    parts = (record.service, record.how, record.pressed_by or "-", record.outcome or "…", record.route or "-", stayed)
    return f"{_at(record.pressed_at)}  {record.id:<36} " + "  ".join(parts)


def _words(record: EmergencyRecord, *, number: bool) -> Sequence[str]:
    """In the order in which it happened."""
    lines = [
        _line(record),
        f"  来电 caller: {record.number if number else mask_number(record.number)}",
        f"  地点 location: {record.location or '-'}  区县 district: {record.district or '-'}",
        f"  摘要 summary: {record.summary or '-'}",
    ]
    lines += [
        f"  线路 route: {each.route}  {_at(each.tried_at)} - {_at(each.ended_at)}  {each.result}"
        for each in record.routes
    ]
    lines += [
        f"  接通 reached: {_at(record.reached_at)}  离开 left: {_at(record.ended_at)}  {record.ended_by or '-'}",
        f"  坐席离开 agent left: {_at(record.agent_left_at)}  来电人离开 caller left: {_at(record.caller_left_at)}",
    ]
    lines += [f"  工单 case: {case.number}" for case in record.cases]
    lines += [
        f"  录音 recording: {each.recording_id}  {each.role} {each.party}  {each.state}" for each in record.recordings
    ]
    return lines


def _at(at: datetime | None) -> str:
    return f"{at.astimezone():%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}" if at else "-"

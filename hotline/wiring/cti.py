"""The cti process: two AMI sessions, the engine, the journal and its drainer, the control socket."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from cti.asterisk.actions import ALLOWED, AmiSwitch
from cti.asterisk.connection import Account, AmiConnection
from cti.asterisk.snapshot import QUERIES
from cti.asterisk.translate import WANTED, AmiTranslator
from cti.control import ControlServer
from cti.core.agent_rules import AgentRules
from cti.core.ids import QueueName
from cti.desk_commands import DeskCommands
from cti.engine import Engine
from cti.queue_figures import KINDS, Mark, marks, recount_from
from cti.recording_control import RecordingControl
from hotline import about, directory, secrets_store
from hotline.runtime import asterisk_config, queue_rules
from hotline.runtime.postgres import database_url
from hotline.secrets_store import FieldKeyring, Secrets
from hotline.settings import Settings
from hotline.wiring.call_log import CallLog, path_of
from hotline.wiring.collector import settled
from hotline.wiring.looking import Looking
from storage.fields import Fields
from storage.journal import SqliteJournal
from storage.journal_reading import call_entries
from storage.recordings import RecordingFiles

if TYPE_CHECKING:
    from storage.drain import Drainer

HEALTH_EVERY = 1.0
DRAIN_AGAIN = 5.0

log = structlog.get_logger("cti")


class SystemClock:
    """`Clock` of the core."""

    def now(self) -> datetime:
        return datetime.now(UTC)


async def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until cancelled. Neither Asterisk nor PostgreSQL need to be there."""
    secrets = secrets_store.read(settings)
    journal = SqliteJournal(
        settings.home / "journal" / "journal.db", centre_id=settings.centre_id, node_id=settings.node_id
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            await _serve(settings, secrets, journal, tasks, ready)
    finally:
        await journal.close()


async def _serve(
    settings: Settings,
    secrets: Secrets,
    journal: SqliteJournal,
    tasks: asyncio.TaskGroup,
    ready: Callable[[], None],
) -> None:
    looking = Looking(tasks)
    acts = _account(settings, "hotline-actions", secrets.ami_actions, allowed=ALLOWED)
    actions = AmiConnection(acts, on_up=looking.look)
    engine = Engine(
        journal=journal,
        personal=Fields(_keyring(secrets.fields), secrets.hash_key, settings.centre_id),
        switch=AmiSwitch(actions),
        clock=SystemClock(),
        translator=AmiTranslator(asterisk_config.silence_by_role(settings)),
        recordings=RecordingFiles(settings.home),
        past=journal,
        tasks=tasks,
        rules=agent_rules(settings),
        call_log=CallLog(path_of(settings)),
    )
    engine.recovery.missed.heard_at = await journal.last_at()
    recording = RecordingControl(engine, timedelta(seconds=settings.recording_pause_seconds))
    control = ControlServer(
        settings.home / "run" / "cti.sock",
        run_id=journal.run_id,
        state=engine.board.state,
        carry_out=DeskCommands(engine, directory.of(settings, findable=False), recording, about.spoken()).carry_out,
        tasks=tasks,
    )
    engine.board.show_on(control)
    await control.start()
    try:
        hears = _account(settings, "hotline-events", secrets.ami_events, allowed=QUERIES, wanted=WANTED)
        events = looking.hears(hears, engine)
        for work in (events.run(), actions.run(), engine.run(), recording.run(), _health(engine, events, actions)):
            tasks.create_task(work)
        tasks.create_task(_recount(settings, engine), name="figures")
        tasks.create_task(_drain(settings, journal, database_url(settings, secrets)), name="drainer")
        settled(ready)()
        await asyncio.Event().wait()
    finally:
        await control.stop()


def agent_rules(settings: Settings) -> AgentRules:
    """What the centre has decided about its agents."""
    reasons = frozenset(reason.strip() for reason in settings.pause_reasons.split(",") if reason.strip())
    return AgentRules(
        wrap_up_seconds=settings.wrap_up_seconds,
        wrap_up_extensions=settings.wrap_up_extensions,
        wrap_up_extension_seconds=settings.wrap_up_extension_seconds,
        missed_ring_pauses=settings.missed_ring_pauses,
        pause_reasons=reasons,
        tell_agent_supervised=settings.tell_agent_supervised,
        freeze_minutes=settings.freeze_minutes,
        overflow={QueueName(each.queue): QueueName(each.into) for each in queue_rules.overflows(settings)},
    )


async def _recount(settings: Settings, engine: Engine) -> None:
    """The figures of today begin at midnight, not with this process; no call waits for them."""
    now, path = engine.clock.now(), settings.home / "journal" / "journal.db"

    def past() -> list[Mark]:
        return list(marks(call_entries(path, recount_from(now), KINDS)))

    try:
        engine.board.recounted(await asyncio.to_thread(past), now)
    except (OSError, sqlite3.Error, ValueError) as error:
        log.error("figures_not_recounted", reason=repr(error))


async def _drain(settings: Settings, journal: SqliteJournal, url: str) -> None:
    """Nothing that happens to the drainer may end the process that calls depend on."""
    while True:
        try:
            drainer = await asyncio.to_thread(_drainer)
            await drainer(journal, url, menu_seconds=settings.callback_menu_seconds).run()
        except Exception:
            log.exception("drainer_failed", alarm=True)
        await asyncio.sleep(DRAIN_AGAIN)


def _drainer() -> type[Drainer]:
    """SQLAlchemy is half of what this process loads, and calls need none of it: it comes once they are served."""
    from storage.drain import Drainer

    return Drainer


async def _health(engine: Engine, events: AmiConnection, actions: AmiConnection) -> None:
    """Both sessions must live for the desk to be told that all is well."""
    while True:
        sessions = (events, actions)
        stale = any(each.stale for each in sessions)
        engine.board.health_changed("ami", _word(all(each.up for each in sessions), stale))
        await asyncio.sleep(HEALTH_EVERY)


def _word(up: bool, stale: bool) -> str:
    if not up:
        return "down"
    return "stale" if stale else "up"


def _account(
    settings: Settings,
    user: str,
    secret: str,
    *,
    allowed: frozenset[str],
    wanted: frozenset[bytes] = frozenset(),
) -> Account:
    port = settings.ami_port or settings.port("ami")
    return Account(host="127.0.0.1", port=port, user=user, secret=secret, wanted=wanted, allowed=allowed)


def _keyring(ring: FieldKeyring) -> bytes:
    keys = {key_id: base64.b64encode(key).decode() for key_id, key in ring.keys.items()}
    return json.dumps({"current": ring.current, "keys": keys}).encode()

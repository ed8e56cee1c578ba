"""The web process: the desk's pages and sockets around the storage room and cti's control socket."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from collections.abc import Callable
from datetime import timedelta

import pypinyin  # noqa: F401  (every start of ours needs its tables: a spare has them before it begins)
import structlog

from agent_desktop.app import make_app, serve
from agent_desktop.keys import Config, Listeners, PhoneLine
from hotline import directory, secrets_store
from hotline.runtime import test_mode, tls
from hotline.runtime.board import release
from hotline.runtime.postgres import database_url
from hotline.secrets_store import Secrets
from hotline.settings import Settings
from hotline.wiring import (
    desk_callbacks,
    desk_emergencies,
    desk_people,
    desk_ports,
    desk_recordings,
    desk_spool,
    recording_chores,
    turn,
)
from hotline.wiring.collector import settled
from storage.agents import AgentStore
from storage.audit import AuditStore
from storage.callbacks import CallbackStore
from storage.calls import CallStore
from storage.cases import CaseStore
from storage.database import Database
from storage.drafts import DraftStore
from storage.emergency_records import EmergencyStore
from storage.fields import Fields
from storage.recordings import RecordingFiles
from storage.sip_password import sip_password
from storage.spool import Spool
from storage.three_ways import ThreeWayStore

log = structlog.get_logger()

ICE_GATHERING_MS = 500
_TEST_MODE_SECONDS = 2.0


async def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until cancelled."""
    secrets = secrets_store.read(settings)
    database = Database(database_url(settings, secrets))
    spool = Spool(settings.home / "spool/spool.db")
    app = make_app(make_config(settings, secrets, database, spool))
    try:
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(
                recording_chores.run(settings, database, personal_fields(secrets, settings.centre_id))
            )
            await serve(app, listeners(settings), settled(ready))
            looking.cancel()
    finally:
        spool.close()
        await database.close()


def make_config(settings: Settings, secrets: Secrets, database: Database, spool: Spool) -> Config:
    """Everything the desk is given."""
    centre, home = settings.centre_id, settings.home
    fields = personal_fields(secrets, centre)
    call_store = CallStore(database, fields, centre_id=centre)
    case_store = CaseStore(database, fields, centre_id=centre)
    draft_store, three_ways = DraftStore(database, centre_id=centre), ThreeWayStore(database, centre_id=centre)
    asking, audit_store = desk_ports.Asking(), AuditStore(database, centre_id=centre)
    return Config(
        centre_name=settings.centre_name,
        release=release(),
        test_mode=_kept_a_moment(lambda: test_mode.is_on(settings)),
        host_names=host_names(settings),
        session_secret=secrets.session,
        session_seconds=settings.session_hours * 3600,
        logouts=home / "state/logouts",
        static_root=settings.assets_dir / "static",
        control_socket=home / "run/cti.sock",
        phone=phone_line(settings, secrets),
        agents=desk_ports.Agents(home / "state/agents.json", AgentStore(database, centre_id=centre), asking),
        cases=desk_ports.Cases(database, case_store, call_store, draft_store, three_ways, fields, asking),
        recordings=desk_recordings.Recordings(call_store, three_ways, RecordingFiles(home), fields, asking),
        emergencies=desk_emergencies.Emergencies(EmergencyStore(database, fields, centre_id=centre), asking),
        audit=desk_ports.Audit(audit_store, asking),
        spool=desk_spool.CaseSpool(spool, fields),
        local_drafts=desk_spool.LocalDrafts(home / "spool/drafts", fields),
        callbacks=desk_callbacks.Callbacks(_missed_list(settings, database, fields), audit_store, asking),
        dialling=desk_people.Dialling(case_store, audit_store, asking),
        directory=desk_people.Directory(directory.of(settings)),
        number_hash=fields.number_hash,
        clock=time.time,
        pause_reasons=tuple(reason.strip() for reason in settings.pause_reasons.split(",") if reason.strip()),
    )


def _missed_list(settings: Settings, database: Database, fields: Fields) -> CallbackStore:
    pause = timedelta(seconds=settings.callback_pause_seconds)
    return CallbackStore(database, fields, centre_id=settings.centre_id, pause=pause)


def phone_line(settings: Settings, secrets: Secrets) -> PhoneLine:
    """Browsers go to Asterisk directly: wss under the page's own name, ws only on the loopback."""

    def password(agent_id: str, generation: int) -> str:
        return sip_password(secrets.sip, settings.centre_id, agent_id, generation)

    return PhoneLine(
        domain=settings.public_name,
        secure_url=f"wss://{settings.public_name}:{settings.port('asterisk_https')}/ws",
        loopback_url=f"ws://127.0.0.1:{settings.port('asterisk_http')}/ws",
        ice_gathering_ms=ICE_GATHERING_MS,
        password=password,
        ice_servers=turn.ice_servers(settings, time.time),
    )


def host_names(settings: Settings) -> frozenset[str]:
    """Every name that a browser may put into its Host header."""
    return frozenset(tls.names(settings))


def listeners(settings: Settings) -> Listeners:
    return Listeners(
        https_address=settings.bind_address,
        https_port=settings.port("web_https"),
        tls=tls_context(settings),
        http_port=settings.port("web_http"),
    )


def tls_context(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.home / "tls/server.crt", settings.home / "tls/server.key")
    return context


def personal_fields(secrets: Secrets, centre_id: str) -> Fields:
    ring = secrets.fields
    keys = {key_id: base64.b64encode(key).decode() for key_id, key in ring.keys.items()}
    keyring = json.dumps({"current": ring.current, "keys": keys}).encode()
    return Fields(keyring, secrets.hash_key, centre_id)


def _kept_a_moment(ask: Callable[[], bool]) -> Callable[[], bool]:
    """The answer of `ask`, asked again after two seconds: it reads a file, and every frame wants it."""
    asked_at, answer = 0.0, True

    def kept() -> bool:
        nonlocal asked_at, answer
        if not asked_at or time.monotonic() - asked_at > _TEST_MODE_SECONDS:
            asked_at, answer = time.monotonic(), ask()
        return answer

    return kept

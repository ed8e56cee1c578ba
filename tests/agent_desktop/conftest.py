"""A desk house for tests: the real web application on real PostgreSQL, a protocol peer for cti, real browsers' HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from argon2 import PasswordHasher

from agent_desktop import keys
from agent_desktop.app import make_app
from agent_desktop.keys import Config
from hotline import secrets_store
from hotline.runtime import tls
from hotline.settings import Settings
from hotline.wiring import web as wiring
from storage.agents import Agent, AgentStore, write_directory
from storage.centres import ensure_centre
from storage.database import Database
from storage.spool import Spool
from tests.agent_desktop.browser import Browser
from tests.agent_desktop.cti_peer import CtiPeer
from tests.conftest import CENTRE
from tests.postgres_server import Server

GRACE = 1.5
"""Seconds that a window may be gone before cti hears of it: more than a reconnect takes on a busy machine."""
PASSWORDS = {"1001": "wang-1001-pass", "1002": "li-1002-pass", "1005": "liu-1005-pass"}
PEOPLE = (
    Agent(id="1001", name="王晓敏", roles=("agent",), queues=("general", "enterprise")),
    Agent(id="1002", name="李建国", roles=("agent",), queues=("general",)),
    Agent(id="1005", name="刘班长", roles=("agent", "supervisor"), queues=("general",)),
)


@dataclass
class House:
    """One running web application and what it stands on."""

    home: Path
    settings: Settings
    database: Database
    peer: CtiPeer
    app: web.Application
    base: str
    secure_base: str
    postgres: Server
    database_url: str
    browsers: list[Browser] = field(default_factory=list)

    @property
    def config(self) -> Config:
        return self.app[keys.CONFIG]

    def browser(self, *, secure: bool = False) -> Browser:
        """A browser of its own: own cookies."""
        opened = Browser(self.secure_base if secure else self.base)
        self.browsers.append(opened)
        return opened

    async def agent(self, agent_id: str = "1001") -> Browser:
        """A browser in which this agent is logged in."""
        browser = self.browser()
        assert (await browser.log_in(agent_id, PASSWORDS[agent_id])).status == 303
        return browser


MakeHouse = Callable[..., AsyncIterator[House]]


@pytest.fixture
async def house(tmp_path: Path, postgres: Server, database_url: str) -> AsyncIterator[House]:
    settings = Settings.read({"HOTLINE_HOME": str(tmp_path), "HOTLINE_CENTRE_ID": CENTRE})
    secrets = secrets_store.ensure(settings)
    (tmp_path / "tls").mkdir()
    tls.ensure(settings)
    database, spool = Database(database_url), Spool(tmp_path / "spool/spool.db")
    await _fill(settings, database)
    peer = CtiPeer(tmp_path / "run/cti.sock")
    await peer.start()
    config = replace(wiring.make_config(settings, secrets, database, spool), desk_grace=GRACE)
    app = make_app(config)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    plain = web.TCPSite(runner, "127.0.0.1", 0)
    secure = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=wiring.tls_context(settings))
    await plain.start()
    await secure.start()
    house = House(
        home=tmp_path,
        settings=settings,
        database=database,
        peer=peer,
        app=app,
        base=f"http://127.0.0.1:{_port(plain)}",
        secure_base=f"https://127.0.0.1:{_port(secure)}",
        postgres=postgres,
        database_url=database_url,
    )
    await app[keys.DATABASE].look()
    yield house
    postgres.resume()
    for browser in house.browsers:
        await browser.close()
    await runner.cleanup()
    await peer.stop()
    spool.close()
    await database.close()


async def _fill(settings: Settings, database: Database) -> None:
    await ensure_centre(database, centre_id=CENTRE, name="云州热线", node_id=settings.node_id)
    store = AgentStore(database, centre_id=CENTRE, hasher=PasswordHasher(time_cost=1, memory_cost=64))
    for person in PEOPLE:
        await store.add(person, PASSWORDS[person.id])
    write_directory(settings.home / "state/agents.json", await store.all())


def _port(site: web.TCPSite) -> int:
    server = site._server
    assert server is not None
    return int(server.sockets[0].getsockname()[1])  # type: ignore[attr-defined]


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session

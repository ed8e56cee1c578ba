"""What every test may use: a real PostgreSQL, a fresh copy of its migrated template, and keys."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from storage.database import Database
from storage.fields import Fields, new_hash_key, new_keyring
from storage.migrate import upgrade
from tests.postgres_server import Server, free_port

CENTRE = "demo"
TEMPLATE = "hotline_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for the session, with the template database ready."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-test-pg-"))
    folder.chmod(0o755)
    server = Server(folder / "server", free_port())
    server.make()
    server.start()
    try:
        _make_template(server)
        yield server
    finally:
        server.resume()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def database_url(postgres: Server) -> AsyncIterator[str]:
    """A database of this test alone: a copy of the migrated template."""
    name = f"t_{uuid.uuid4().hex}"
    await execute(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield postgres.url(name)
    await execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def fields() -> Fields:
    return Fields(new_keyring(), new_hash_key(), CENTRE)


async def execute(server: Server, sql: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _make_template(server: Server) -> None:
    import asyncio

    asyncio.run(execute(server, f"CREATE DATABASE {TEMPLATE}"))
    upgrade(server.url(TEMPLATE))

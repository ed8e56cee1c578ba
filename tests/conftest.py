"""What every test may use: a real PostgreSQL, a fresh copy of its migrated template, and keys."""

from __future__ import annotations

import logging
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog

from storage.database import Database
from storage.fields import Fields, new_hash_key, new_keyring
from storage.migrate import upgrade
from tests.postgres_server import Server, free_port

CENTRE = "demo"
TEMPLATE = "hotline_template"
LINES_SHOWN = 60
"""Of what a failed test printed: its end; the beginning of thousands of lines explains nothing."""

# A line for every connection of a thousand is for a developer who asks for it, not for every failure.
structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ],
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report.sections = [(title, _end_of(text)) for title, text in report.sections]
    return report


def _end_of(text: str) -> str:
    lines = text.splitlines()
    left_out = len(lines) - LINES_SHOWN
    return "\n".join([f"… {left_out} lines left out", *lines[left_out:]]) if left_out > 0 else text


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

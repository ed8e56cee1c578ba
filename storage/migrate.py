"""Bring a database to the newest tables, and tell whether tables and migrations still agree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import driver_url
from storage.tables import metadata

HERE = Path(__file__).resolve().parent / "migrations"
CONNECT_SECONDS = 10
STATEMENT_SECONDS = 600


def upgrade(url: str, to: str = "head") -> None:
    """Run every migration that the database at `postgresql://…` still lacks. Blocks; no loop may run."""
    asyncio.run(upgrade_async(url, to))


async def upgrade_async(url: str, to: str = "head") -> None:
    """`upgrade` for a caller with a running loop."""
    await _connected(url, lambda connection: command.upgrade(_config(connection), to))


def check(url: str) -> list[str]:
    """What is missing, one line each; empty when database, migrations and `storage.tables` agree."""
    return asyncio.run(check_async(url))


async def check_async(url: str) -> list[str]:
    """`check` for a caller with a running loop."""
    found: list[str] = []
    await _connected(url, lambda connection: found.extend(_differences(connection)))
    return found


def revise(url: str, message: str) -> None:
    """Write a new migration from the difference between the database and `storage.tables`."""

    def write(connection: Connection) -> None:
        command.revision(_config(connection), message=message, autogenerate=True)

    asyncio.run(_connected(url, write))


def _differences(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    newest, present = ScriptDirectory(str(HERE)).get_current_head(), context.get_current_revision()
    if newest != present:
        return [f"the database is at migration {present}, the newest is {newest}"]
    return [repr(difference) for difference in compare_metadata(context, metadata)]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def _connected(url: str, work: Callable[[Connection], None]) -> None:
    limits = {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}
    engine = create_async_engine(driver_url(url), connect_args=limits)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()

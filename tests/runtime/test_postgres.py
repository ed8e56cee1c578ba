"""The embedded PostgreSQL on its own: password-guarded, restartable, and gone with its parent."""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from hotline import secrets_store
from hotline.runtime import layout, postgres
from hotline.runtime.supervisor import Supervisor
from hotline.settings import PORTS, Settings


@pytest.fixture
def settings() -> Iterator[Settings]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="hotline-pg-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        base = port - PORTS["postgres"]
        while not 1024 <= base <= 30000:
            base = base % 20000 + 5000
        yield Settings.read({"HOTLINE_HOME": folder, "HOTLINE_PORT_BASE": str(base), "HOTLINE_TEST_DATABASE": "yes"})


async def test_server_starts_takes_only_the_password_and_keeps_its_data(settings: Settings) -> None:
    layout.prepare(settings, python=Path(sys.executable))
    secrets = secrets_store.ensure(settings)
    postgres.initialise(settings, secrets)
    for round_ in range(2):
        async with asyncio.TaskGroup() as tasks:
            supervisor = Supervisor(settings.home / "log", tasks)
            try:
                await supervisor.start(postgres.service(settings))
                await postgres.create_database(settings, secrets)
                connection = await asyncpg.connect(postgres.database_url(settings, secrets))
                await connection.execute("create table if not exists t (x text)")
                await connection.execute("insert into t values ($1)", f"第{round_}次")
                assert await connection.fetchval("select count(*) from t") == round_ + 1
                assert await connection.fetchval("show server_encoding") == "UTF8"
                await connection.close()
                url = postgres.database_url(settings, secrets).replace(secrets.pg_password, "wrong")
                with pytest.raises(asyncpg.InvalidPasswordError):
                    await asyncpg.connect(url)
            finally:
                await supervisor.stop()


def test_a_half_made_data_folder_is_made_again(settings: Settings) -> None:
    layout.prepare(settings, python=Path(sys.executable))
    secrets = secrets_store.ensure(settings)
    (settings.home / "pg/data").mkdir()
    (settings.home / "pg/data/half").touch()
    postgres.initialise(settings, secrets)
    assert (settings.home / "pg/data/PG_VERSION").exists()
    assert not (settings.home / "pg/data/half").exists()
    assert not (settings.home / "pg/.password").exists()


def test_the_operators_own_server_is_used_as_it_is(tmp_path: Path) -> None:
    given = Settings.read({"HOTLINE_HOME": str(tmp_path), "DATABASE_URL": "postgresql://a@b/c"})
    assert postgres.database_url(given, secrets_store.ensure(given)) == "postgresql://a@b/c"

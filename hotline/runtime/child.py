"""One process under the supervisor: how it is started, tied to its parent, signalled and ended."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hotline.runtime.identity import Identity

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What to run. `is_ready` None: the process says so itself over NOTIFY_SOCKET, and goes on pinging.

    `answers`: asked every two seconds once it is up; five misses in a row count as a stall.
    """

    name: str
    command: list[str]
    user: Identity
    environment: dict[str, str] = field(default_factory=dict)
    is_ready: Callable[[], bool] | None = None
    answers: Callable[[], Awaitable[bool]] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    ready_within_s: float = 30
    waits_with: tuple[str, ...] = ()
    """Words that let the command wait for a byte on its standard input: a spare is kept so, ready to begin."""
    umask: int = 0o027

    @property
    def notifies(self) -> bool:
        return self.is_ready is None


def spawn(service: Service, log: Path, *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start the process in its own session, as its own user. Call from the main thread.

    The kernel sends `stop_signal` when the thread that started the process ends (prctl(2)): even a
    killed supervisor leaves no orphan.
    """
    parent = os.getpid()

    def leash() -> None:
        # Runs after the change of user, which would clear the setting.
        _libc.prctl(PR_SET_PDEATHSIG, int(service.stop_signal))
        if os.getppid() != parent:
            os._exit(75)

    with open_log(log) as output:
        return subprocess.Popen(
            service.command, env=service.environment, cwd="/", stdin=stdin, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=leash, umask=service.umask,
            **service.user.drop(),
        )  # fmt: skip


@contextlib.contextmanager
def open_log(path: Path) -> Iterator[int]:
    """A descriptor that always writes at the end, so that the file may be cut at any time."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def exited(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end without polling; the return code (negative: the signal)."""
    if process.poll() is None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        descriptor = os.pidfd_open(process.pid)
        loop.add_reader(descriptor, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
    return process.wait()


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the process and everything it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def adopt_orphans() -> None:
    """Grandchildren whose parent died become ours, so that they can be ended too."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_strays(sessions: set[int]) -> list[int]:
    """SIGKILL and reap what the processes of these sessions left to us; the process ids."""
    found: list[int] = []
    while left := [pid for pid in _children() if _session(pid) in sessions]:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        found += left
    return found


def end_descendants() -> None:
    """SIGKILL and reap every process below us. Only for a process that is nothing but a supervisor."""
    while left := _children():
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def _children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]

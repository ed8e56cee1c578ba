"""How Asterisk is called: the operator's own, or the private root through its own loader."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
from pathlib import Path

from hotline.runtime import asterisk_root, small_writes
from hotline.runtime.identity import asterisk_user
from hotline.settings import Settings

TRIPLETS = ("x86_64-linux-gnu", "aarch64-linux-gnu")
LOADERS = {"x86_64-linux-gnu": "ld-linux-x86-64.so.2", "aarch64-linux-gnu": "ld-linux-aarch64.so.1"}
OLDEST = 22


class NoAsterisk(RuntimeError):
    """There is no usable Asterisk; the text says what to do."""


class ConsoleFailed(RuntimeError):
    """Asterisk's console did not answer."""


def program(settings: Settings) -> list[str]:
    """The words before Asterisk's own arguments. Raises NoAsterisk."""
    if settings.asterisk_bin:
        return [settings.asterisk_bin]
    root = asterisk_root.root(settings)
    for triplet in TRIPLETS:
        libraries = root / "usr/lib" / triplet
        if (libraries / LOADERS[triplet]).exists():
            # The root's own loader and libraries: the machine's libc may be older than Asterisk's.
            return [
                str(libraries / LOADERS[triplet]),
                "--library-path",
                str(libraries),
                str(root / "usr/sbin/asterisk"),
            ]
    raise NoAsterisk(f"{root} 中没有 Asterisk: 请运行 hotline up (or set ASTERISK_BIN)")


def environment() -> dict[str, str]:
    """A host's openssl.cnf may name providers that the private root does not have."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "OPENSSL_CONF": "/dev/null"}


def configuration(settings: Settings) -> Path:
    return settings.home / "etc/asterisk/asterisk.conf"


def serve_command(settings: Settings) -> list[str]:
    """Asterisk in the foreground with our configuration and nobody else's."""
    return [*program(settings), "-f", "-C", str(configuration(settings))]


def serve_environment(settings: Settings) -> dict[str, str]:
    """With the small object that keeps recordings from waiting two seconds in memory (small_writes.py)."""
    preloaded = settings.home / "etc/asterisk-data" / small_writes.FILE_NAME
    # A thread a call: without a limit glibc keeps a heap for each of them, and memory only grows.
    heaps = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "1048576"}
    return environment() | heaps | ({"LD_PRELOAD": str(preloaded)} if preloaded.exists() else {})


def console(settings: Settings, command: str, *, seconds: float = 8) -> str:
    """Say one console command over the local control socket; the answer's text. Raises ConsoleFailed."""
    asked = [*program(settings), "-C", str(configuration(settings)), "-rx", command]
    drop = asterisk_user(settings).drop()
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            asked, env=environment(), cwd="/", capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=seconds, **drop,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConsoleFailed(f"{command}: {error}") from None
    if done.returncode != 0:
        raise ConsoleFailed(f"{command}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def version(settings: Settings) -> str:
    """For example 22.10.1. Raises NoAsterisk when it cannot run or is too old."""
    try:
        said = subprocess.run(
            [*program(settings), "-V"], env=environment(), capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise NoAsterisk(f"Asterisk 无法运行: {error}") from None
    found = re.search(r"Asterisk (?:\S*?)((\d+)[\d.]*)", said)
    if found is None or int(found[2]) < OLDEST:
        raise NoAsterisk(f"需要 Asterisk {OLDEST} 或更新版本 (found: {said.strip() or 'nothing'})")
    return found[1]


def is_listening(settings: Settings) -> bool:
    """Whether the control socket takes connections."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(settings.home / "run/asterisk/asterisk.ctl"))
        except OSError:
            return False
    return True


async def answers(settings: Settings, *, deadline_s: float = 1.0) -> bool:
    """Whether Asterisk itself, not only the kernel's queue, answers on its loopback HTTP port."""
    try:
        async with asyncio.timeout(deadline_s):
            reader, writer = await asyncio.open_connection("127.0.0.1", settings.port("asterisk_http"))
            try:
                writer.write(b"GET / HTTP/1.0\r\n\r\n")
                return bool(await reader.read(1))
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def folders(settings: Settings) -> list[Path]:
    """Folders that the rendered asterisk.conf names below HOME: Asterisk must own what it writes to."""
    named = re.findall(r"^\s*ast\w+dir\s*=>?\s*(\S+)", configuration(settings).read_text("utf-8"), re.MULTILINE)
    return [path for path in map(Path, named) if path.is_relative_to(settings.home)]

"""The private Asterisk: Debian packages unpacked into a folder of our own, never installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from hotline.runtime import debian
from hotline.runtime.narration import say
from hotline.settings import Settings

SUITE = "forky"
"""The Debian suite that carries Asterisk 22; Debian 12 has none."""

MARK = ".hotline-root"


def root(settings: Settings) -> Path:
    return settings.assets_dir / "asterisk-root"


def is_ready(settings: Settings) -> bool:
    return (root(settings) / MARK).exists()


def ensure(settings: Settings) -> None:
    """Unpack Asterisk and its libraries once; a half-done folder is thrown away. About 60 MB are fetched."""
    if settings.asterisk_bin or is_ready(settings):
        return
    debian.need_program("mmdebstrap", "mmdebstrap", why="unpacks Asterisk into a private folder")
    source = debian.mirror(settings.debian_mirror)
    say(f"   下载 Asterisk 22 (Debian {SUITE}, 约 60 MB) from {source}")
    debian.retried(lambda: _unpack(root(settings), source))


def _unpack(target: Path, source: str) -> None:
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    subprocess.run(unpack_command(fresh, source), check=True, env=_environment(target.parent), stdin=subprocess.DEVNULL)
    _link_merged_folders(fresh)
    fresh.chmod(0o755)
    (fresh / MARK).write_text(SUITE + "\n")
    shutil.rmtree(target, ignore_errors=True)
    os.replace(fresh, target)


def unpack_command(target: Path, source: str) -> list[str]:
    """Only unpacks: no package script runs, nothing is mounted and no root rights are needed."""
    return [
        "mmdebstrap",
        "--mode=chrootless",
        "--variant=extract",
        "--include=asterisk",
        '--aptopt=Apt::Install-Recommends "false"',
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=Acquire::Retries "3"',
        SUITE,
        str(target),
        source,
    ]


def _environment(scratch: Path) -> dict[str, str]:
    return os.environ | {"TMPDIR": str(scratch)}


def _link_merged_folders(unpacked: Path) -> None:
    """Debian's base-files links /lib to /usr/lib; it is not part of what we unpack."""
    for name in ("bin", "lib", "lib64", "sbin"):
        link = unpacked / name
        if not link.exists() and (unpacked / "usr" / name).is_dir():
            link.symlink_to(f"usr/{name}")

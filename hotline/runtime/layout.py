"""The folders of HOTLINE_HOME: who owns each, and who may look inside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hotline.runtime.identity import Identity, asterisk_user, hotline_user, postgres_user, refuse_blocked
from hotline.settings import PROJECT, Settings

LONGEST_HOME = 80
"""A Unix socket's path may have 107 bytes; the longest below HOME is run/asterisk/asterisk.ctl."""

ROOT, HOTLINE, ASTERISK, POSTGRES = "root", "hotline", "asterisk", "postgres"


class BadHome(RuntimeError):
    """HOTLINE_HOME cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    path: str
    owner: str
    mode: int


# 2xxx: new files inherit the hotline's group, so that Asterisk writes and the hotline reads.
FOLDERS = (
    Folder("secrets", HOTLINE, 0o700),
    Folder("etc", HOTLINE, 0o2750),
    Folder("etc/asterisk", HOTLINE, 0o2750),
    Folder("etc/agents", HOTLINE, 0o2750),
    Folder("run", HOTLINE, 0o2750),
    Folder("run/asterisk", ASTERISK, 0o2770),
    Folder("log", HOTLINE, 0o2750),
    Folder("log/asterisk", ASTERISK, 0o2770),
    Folder("journal", HOTLINE, 0o700),
    Folder("spool", HOTLINE, 0o700),
    Folder("recordings", HOTLINE, 0o2750),
    Folder("recordings/raw", ASTERISK, 0o2770),
    Folder("recordings/closed", HOTLINE, 0o2750),
    Folder("state", HOTLINE, 0o2750),
    Folder("tls", HOTLINE, 0o2755),
    Folder("pg", POSTGRES, 0o700),
)


def users(settings: Settings) -> dict[str, Identity]:
    return {
        ROOT: Identity(os.geteuid(), os.getegid()),
        HOTLINE: hotline_user(settings),
        ASTERISK: asterisk_user(settings),
        POSTGRES: postgres_user(),
    }


def prepare(settings: Settings, *, python: Path) -> None:
    """Make every folder with its owner and mode. Raises BadHome or Unreachable."""
    if len(str(settings.home)) > LONGEST_HOME:
        raise BadHome(f"HOTLINE_HOME {settings.home} 太长 (over {LONGEST_HOME} characters): 请换一个更短的目录.")
    _make_home(settings.home)
    who = users(settings)
    settings.assets_dir.mkdir(parents=True, exist_ok=True)
    refuse_blocked([settings.home, settings.assets_dir], [who[HOTLINE], who[ASTERISK], who[POSTGRES]])
    refuse_blocked([PROJECT, python], [who[HOTLINE]])
    for folder in FOLDERS:
        make(settings.home / folder.path, who[folder.owner], folder.mode)


def make(path: Path, owner: Identity, mode: int) -> None:
    """One folder with this owner and mode, made or corrected."""
    path.mkdir(parents=True, exist_ok=True)
    owner.own(path)
    path.chmod(mode)


def share_configuration(settings: Settings) -> None:
    """After rendering: only the hotline writes the configuration, Asterisk (same group) reads it."""
    owner = hotline_user(settings)
    for path in sorted((settings.home / "etc").rglob("*")):
        if path.is_symlink():
            continue
        owner.own(path)
        path.chmod(0o2750 if path.is_dir() else 0o640)


def _make_home(home: Path) -> None:
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o755)
    if not os.access(home, os.W_OK):
        raise BadHome(f"{home} 不可写 (not writable by you). 请换用户运行或修改 HOTLINE_HOME.")

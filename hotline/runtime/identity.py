"""Which user each process runs as, and whether that user can reach what it needs."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.settings import Settings


class Unreachable(RuntimeError):
    """An unprivileged user cannot pass through a folder; the text names it and the cure."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A numeric user and group; no account with these numbers has to exist."""

    uid: int
    gid: int

    def drop(self) -> dict[str, Any]:
        """Arguments for `subprocess`: become this user in the child. Empty when already nobody special."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [self.gid]}

    def own(self, path: Path) -> None:
        """Give a file or folder to this user, where we may."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def hotline_user(settings: Settings) -> Identity:
    """Who runs ivr, cti and web."""
    return Identity(settings.hotline_uid, settings.hotline_uid) if os.geteuid() == 0 else _myself()


def asterisk_user(settings: Settings) -> Identity:
    """Who runs Asterisk: its own user in the hotline's group, so that recordings can be shared."""
    return Identity(settings.asterisk_uid, settings.hotline_uid) if os.geteuid() == 0 else _myself()


def postgres_user() -> Identity:
    """Who runs the embedded PostgreSQL: `postgres` where Debian made it, else `nobody`."""
    if os.geteuid() != 0:
        return _myself()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid)
    return Identity(65534, 65534)


def blocked_at(path: Path, user: Identity) -> Path | None:
    """The first folder on the way to `path` (itself included) that `user` cannot pass; None: all can be."""
    whole = path.absolute()
    for folder in [*reversed(whole.parents), whole]:
        if folder.is_dir() and not _may_pass(folder, user):
            return folder
    return None


def refuse_blocked(paths: list[Path], users: list[Identity]) -> None:
    """Raise Unreachable for the first path that one of the users cannot reach."""
    for path in paths:
        for user in users:
            # The real path counts too: a virtual environment's python is a link to another place.
            folder = blocked_at(path, user) or blocked_at(path.resolve(), user)
            if folder is not None:
                raise Unreachable(
                    f"用户 {user.uid} 无法进入目录 {folder} (user {user.uid} cannot pass it), needed for {path}.\n"
                    f"  解决办法 cure: chmod o+x {folder}    或 or: 把项目移到 /opt 之类的公共目录, HOTLINE_HOME 同理"
                )


def _may_pass(folder: Path, user: Identity) -> bool:
    if user.uid == 0:
        return True
    found = folder.stat()
    if found.st_uid == user.uid:
        return bool(found.st_mode & 0o100)
    if found.st_gid == user.gid:
        return bool(found.st_mode & 0o010)
    return bool(found.st_mode & 0o001)


def _myself() -> Identity:
    return Identity(os.geteuid(), os.getegid())

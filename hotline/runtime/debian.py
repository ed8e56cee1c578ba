"""Debian packages: which are missing, named before they are installed, and where the machine gets them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from hotline.runtime.narration import say

Answer = TypeVar("Answer")

ATTEMPTS = 3


class NoPackages(RuntimeError):
    """A package could not be installed; the text names it and the command to try by hand."""


class NoMirror(RuntimeError):
    """This machine's apt knows no Debian main archive."""


def install(packages: Sequence[str], *, why: str) -> None:
    """Name the packages, then install them with apt; three tries, because mirrors hiccup."""
    say(f"   将安装 Debian 软件包 (installing Debian packages): {' '.join(packages)} — {why}")
    command = [*_as_root(), "apt-get", "install", "-y", "--no-install-recommends", *packages]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def once() -> None:
        subprocess.run([*_as_root(), "apt-get", "update", "-qq"], check=True, env=environment)
        subprocess.run(command, check=True, env=environment)

    try:
        retried(once)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise NoPackages(f"安装失败 ({error}). 请手动运行 (run by hand): {' '.join(command)}") from None


def need_program(program: str, package: str, *, why: str) -> None:
    """Install `package` unless `program` is there."""
    if shutil.which(program) is None:
        install([package], why=why)


def mirror(given: str) -> str:
    """The Debian archive to use: the operator's, else the one this machine's apt uses. Raises NoMirror."""
    if given:
        return given
    # indextargets reads both formats of apt's sources; lines of other makers' archives are dropped below.
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(RELEASE)"]
    listed = subprocess.run([*asked, "Created-By: Packages"], check=True, capture_output=True, text=True).stdout
    found = main_archive(listed)
    if found is None:
        raise NoMirror(
            "apt 中没有 Debian 主仓库 (no Debian main archive in apt's sources): 请设置 HOTLINE_DEBIAN_MIRROR"
        )
    return found


def main_archive(listed: str) -> str | None:
    """From `URI|origin|label|component|release` lines, the first that is Debian's own main archive."""
    for line in listed.splitlines():
        uri, origin, label, component, _release = (line.split("|") + [""] * 5)[:5]
        if component != "main" or (label or "Debian") != "Debian" or (origin or "Debian") != "Debian":
            continue
        # Before the first `apt-get update` origin and label are empty: the address must tell then.
        if not (origin or "/debian" in uri) or "security" in uri:
            continue
        return uri
    return None


def retried(once: Callable[[], Answer], attempts: int = ATTEMPTS) -> Answer:
    """Try again after 2 s and 4 s; the last failure is the caller's."""
    for attempt in range(1, attempts):
        try:
            return once()
        except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
            say(f"   第 {attempt} 次失败, 重试 (try {attempt} failed, again): {error}")
            time.sleep(2 * attempt)
    return once()


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo"]

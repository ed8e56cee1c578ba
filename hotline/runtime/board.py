"""The supervisor's notice board: HOME/run/status.json, one line of JSON, written anew each second."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

from hotline.runtime import asterisk, postgres, test_mode
from hotline.runtime.supervisor import Kept
from hotline.settings import PORTS, Settings

MAIN_PORT = {"asterisk": "ami", "postgres": "postgres", "ivr": "fastagi", "web": "web_https"}


def path(settings: Settings) -> Path:
    return settings.home / "run/status.json"


def release() -> str:
    try:
        return importlib.metadata.version("hotline12345")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def addresses(settings: Settings) -> dict[str, str]:
    """Where browsers, phones and programs reach this hotline."""
    return {
        "web": f"https://{settings.public_name}:{settings.port('web_https')}/",
        "web_local": f"http://127.0.0.1:{settings.port('web_http')}/",
        "softphone": f"wss://{settings.public_name}:{settings.port('asterisk_https')}/ws",
        "sip": f"sip:12345@{settings.bind_address}:{settings.port('sip')}",
        "ami": f"127.0.0.1:{settings.port('ami')}",
        "fastagi": f"127.0.0.1:{settings.port('fastagi')}",
        "control": str(settings.home / "run/cti.sock"),
        "asterisk_control": str(settings.home / "run/asterisk/asterisk.ctl"),
    }


def versions(settings: Settings) -> dict[str, str]:
    """Asked once at start: each costs a process."""
    own = "external" if settings.database_url else postgres.version(settings)
    return {
        "hotline": release(),
        "asterisk": asterisk.version(settings),
        "postgres": own,
        "python": platform.python_version(),
    }


class Board:
    """Collects and writes. Reading it needs no running process."""

    def __init__(self, settings: Settings, found: dict[str, str]) -> None:
        self._settings = settings
        self._versions = found
        self._begun = time.time()
        self.ready = False

    def write(self, kept: dict[str, Kept]) -> None:
        """Replace the file as a whole: a reader never sees half of it."""
        target = path(self._settings)
        fresh = target.with_suffix(".new")
        fresh.write_text(json.dumps(self._content(kept), ensure_ascii=False) + "\n", "utf-8")
        fresh.chmod(0o644)
        os.replace(fresh, target)

    def _content(self, kept: dict[str, Kept]) -> dict[str, Any]:
        settings = self._settings
        ports = {name: settings.port(name) for name in PORTS}
        return {
            "ready": self.ready and all(one.state == "up" for one in kept.values()),
            "home": str(settings.home),
            "assets": str(settings.assets_dir),
            "centre": settings.centre_id,
            "node": settings.node_id,
            "test_mode": test_mode.is_on(settings),
            "version": release(),
            "versions": self._versions,
            "supervisor": {"pid": os.getpid(), "started_at": self._begun, "written_at": time.time()},
            "beat_age_s": beat_age_s(settings),
            "web": {
                "https": f"https://{settings.public_name}:{ports['web_https']}",
                "http": f"http://127.0.0.1:{ports['web_http']}",
            },
            "sip": {"host": settings.bind_address, "port": ports["sip"], "number": "12345"},
            "addresses": addresses(settings),
            "ports": ports,
            "processes": {name: self._process(one) for name, one in kept.items()},
        }

    def _process(self, kept: Kept) -> dict[str, Any]:
        name = kept.service.name
        return {
            "state": kept.state,
            "pid": kept.pid,
            "spare": kept.spare.pid,
            "port": self._settings.port(MAIN_PORT[name]) if name in MAIN_PORT else None,
            "version": self._versions.get(name, release()),
            "restarts": kept.restarts,
            "since": kept.since,
            "tasks": kept.tasks,
        }


def beat_age_s(settings: Settings) -> float | None:
    """Seconds since ivr last answered the probe; None: never."""
    try:
        return round(max(0.0, time.time() - (settings.home / "run/beat").stat().st_mtime), 1)
    except OSError:
        return None

"""The processes of one hotline, as the supervisor is to keep them."""

from __future__ import annotations

import os
import sys

from hotline.runtime import asterisk, layout
from hotline.runtime.child import Service
from hotline.runtime.identity import asterisk_user, hotline_user
from hotline.settings import PROJECT, Settings

OURS = ("cti", "ivr", "web")
SLOW_TO_IMPORT = {"cti", "web"}
"""A second of a processor, and several on a busy machine: a spare of theirs waits. ivr imports little."""


def asterisk_service(settings: Settings) -> Service:
    """Asterisk with our rendered configuration; every folder that it names is made for it."""
    layout.share_configuration(settings)
    for folder in asterisk.folders(settings):
        if not folder.exists():
            layout.make(folder, asterisk_user(settings), 0o2770)
    return Service(
        name="asterisk",
        command=asterisk.serve_command(settings),
        user=asterisk_user(settings),
        environment=asterisk.serve_environment(settings),
        # Whoever closes a recording belongs to the group only, and removes the raw file.
        umask=0o007,
        is_ready=lambda: asterisk.is_listening(settings),
        answers=lambda: asterisk.answers(settings),
    )


def our_services(settings: Settings) -> list[Service]:
    """ivr, cti and web."""
    return [_ours(settings, name) for name in OURS]


def _ours(settings: Settings, name: str) -> Service:
    return Service(
        name=name,
        command=[sys.executable, "-m", "hotline.run", name],
        user=hotline_user(settings),
        environment=environment(settings),
        waits_with=("--wait",) if name in SLOW_TO_IMPORT else (),
    )


def environment(settings: Settings) -> dict[str, str]:
    """What our own processes see: the operator's settings and little else."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("HOTLINE_") or name in {"ASTERISK_BIN", "DATABASE_URL", "PG_BIN", "TZ", "PATH"}
    }
    return passed | {
        "HOTLINE_HOME": str(settings.home),
        "HOTLINE_ASSETS": str(settings.assets_dir),
        "PYTHONPATH": str(PROJECT),
        # The dropped user may not write beside the sources, and must not try.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "LANG": "C.UTF-8",
        "HOME": str(settings.home / "state"),
    }

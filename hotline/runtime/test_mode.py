"""Test mode: on until an operator turns it off by name; the dialplan and trunks are rendered from it."""

from __future__ import annotations

import os
from pathlib import Path

from hotline.settings import Settings


def is_on(settings: Settings) -> bool:
    """Whether no outside line may exist. Anything but a clear `off` in the file means on."""
    try:
        return _file(settings).read_text("ascii").strip() != "off"
    except (OSError, UnicodeDecodeError):
        return True


def turn(settings: Settings, *, on: bool) -> None:
    """Keep the choice; it counts once the configuration is rendered and loaded again."""
    target = _file(settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_text("on\n" if on else "off\n", "ascii")
    fresh.chmod(0o644)
    os.replace(fresh, target)


def _file(settings: Settings) -> Path:
    return settings.home / "state" / "test-mode"

"""Whose recordings are whose: the role is in a file's name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROLES = {"colleague": ("agent", "specialist"), "operator": ("emergency",), "backup": ("emergency",)}
ROLES |= {"line": ("specialist",), "second_line": ("specialist",), "second": ("specialist", "emergency")}
"""Of those who are not called as their role is. A consulted colleague is a specialist first."""


def recordings_of(files: Iterable[Path], names: Iterable[str]) -> dict[str, list[Path]]:
    """Which of these files may be of which leg."""
    ordered = sorted(files)
    return {name: [file for file in ordered if role_of(file) in ROLES.get(name, (name,))] for name in names}


def role_of(file: Path) -> str:
    """HC<node>-<stamp>.<number>.<role>[-<leg>].sln"""
    return file.name.split(".")[2].split("-")[0]

"""The published menu, and keys typed into it."""

from __future__ import annotations

from pathlib import Path

from ivr.check import load_plan
from ivr.menu import Act, Key, KeyPressed, NothingPressed, Walk
from ivr.walk import advance, begin

PLAN_FOLDER = Path(__file__).resolve().parents[2] / "dialplans"
PLAN = load_plan(PLAN_FOLDER)
MAIN = PLAN.menus["main"]


def walked(keys: str, profile: str = "light") -> tuple[Walk, tuple[Act, ...]]:
    """Press the keys in turn (`.` is waiting until the time is over) and return where that led."""
    walk, acts = begin(MAIN, profile)
    for key in keys:
        walk, acts = advance(MAIN, walk, NothingPressed() if key == "." else KeyPressed(key=Key(key)))
    return walk, acts

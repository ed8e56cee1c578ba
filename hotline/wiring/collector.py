"""Garbage collection of a process that has started: what it is made of is not looked through again."""

from __future__ import annotations

import gc
from collections.abc import Callable

YOUNG, MIDDLE, OLD = 20_000, 20, 50
"""Objects before the young are looked through, and how often the older are: calls make few cycles."""


def settled(ready: Callable[[], None]) -> Callable[[], None]:
    """`ready`, to be called once everything that stays has been made."""

    def settle_and_tell() -> None:
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, OLD)
        ready()

    return settle_and_tell

"""How tests wait on machines that others use too: long deadlines, best of a few tries, never a stopwatch.

How fast something is, a benchmark measures. A test says what happens, in which order, and what a fault
would make impossible; where a promise is a number of seconds, a second lost to a busy machine is not a fault.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from numpy import zeros

from hotline.phone.ear import Heard, hear

LONG = 60.0
"""Seconds after which what has not happened never will: a deadline, met long before in any sound run."""
HELD_UP = 3.0
"""Seconds that a shared machine may stand still in one test; added to a promised number of seconds."""
SHARED = 0.0 if os.environ.get("HOTLINE_ONE_CHANCE") else 2.0
"""Seconds of sound that a busy machine may lose in one story; none where each failure stands (make test-matrix)."""
EVERY = 0.1

T = TypeVar("T")


def until(holds: Callable[[], T], what: str = "", seconds: float = LONG) -> T:
    """Ask again until it is true, and return it. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what or holds}"
        time.sleep(EVERY)
    return found


def again_until(make: Callable[[], T], fits: Callable[[T], bool], seconds: float = LONG / 2) -> T:
    """What `make` made once it fits; after `seconds` the last one as it is, for the caller's assert to speak."""
    deadline = time.monotonic() + seconds
    while not fits(made := make()) and time.monotonic() < deadline:
        time.sleep(EVERY)
    return made


def heard_until(file: Path, enough: Callable[[Heard], bool], seconds: float = LONG / 2) -> Heard:
    """A growing recording once it holds enough; after `seconds` as it is."""
    return again_until(lambda: hear(file) if file.exists() else Heard(zeros(0)), enough, seconds)


def best_of(tries: int, measure: Callable[[int], float], *, good: float) -> float:
    """The least of up to so many measurements, the first under `good` is enough.

    A busy machine spoils one try, a fault spoils all of them: so a promised number can be kept as it was promised.
    """
    least = measure(0)
    for number in range(1, tries):
        if least < good:
            break
        least = min(least, measure(number))
    return least

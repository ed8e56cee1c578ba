"""A bucket of tokens: so many at once, so many a second after that."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic


class Pace:
    def __init__(self, *, per_second: float, at_once: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_second = per_second
        self._most = float(at_once)
        self._tokens = float(at_once)
        self._clock = clock
        self._at = clock()

    def allows(self) -> bool:
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

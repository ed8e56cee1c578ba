"""What every voice offers the renderer."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]
"""Mono audio, full scale ±1."""


class VoiceUnavailable(ImportError):
    """Something this voice needs is not installed; the text says what."""


class Voice(Protocol):
    rate: int
    """Samples a second of what it returns."""

    def say(self, words: str) -> Samples:
        """Speak Hanzi and pause marks, as speak.spoken() returns them."""
        ...


def silence(seconds: float, rate: int) -> Samples:
    return np.zeros(round(seconds * rate))


def surrounded(samples: Samples, rate: int, seconds: float) -> Samples:
    """The same with silence before and after."""
    return np.concatenate([silence(seconds, rate), samples, silence(seconds, rate)])

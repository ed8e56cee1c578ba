"""Music on hold: a quiet pentatonic piece, composed here, so that nobody's rights are touched."""

from __future__ import annotations

import math

import numpy as np

from ivr.prompts.loudness import RATE
from ivr.prompts.voice import Samples

NAME = "comfort.wav"
LUFS_BELOW_SPEECH = 6.0
_BEAT_S = 0.75
# Scale degrees of C major's pentatonic scale (gong mode) over two octaves, one a beat; a dot is a rest.
_SCALE_HZ = (261.63, 293.66, 329.63, 392.00, 440.00, 523.25, 587.33, 659.25)
_TUNE = (
    "45432.3.45654...34321.2.32101..."  # verse
    "45765.4.54323...23432.1.01210..."  # answer
)


def compose() -> Samples:
    """48 s of melody over a slow drone; starts and ends in silence, so it loops without a click."""
    beat = round(_BEAT_S * RATE)
    piece = np.zeros(beat * (len(_TUNE) + 4))
    for at, degree in enumerate(_TUNE):
        if degree != ".":
            _add(piece, at * beat, _plucked(_SCALE_HZ[int(degree)], 2.4))
        if at % 8 == 0:
            _add(piece, at * beat, 0.5 * _plucked(_SCALE_HZ[0] / 1.5, 5.0))
    return piece


def _plucked(hertz: float, seconds: float) -> Samples:
    """A soft string: three partials, the higher dying sooner."""
    time = np.arange(round(seconds * RATE)) / RATE
    partials = [(1, 1.0, 1.6), (2, 0.3, 3.0), (3, 0.12, 5.0)]
    tone = sum(
        level * np.sin(2 * math.pi * hertz * times * time) * np.exp(-decay * time) for times, level, decay in partials
    )
    attack: Samples = np.minimum(time / 0.02, 1.0) * np.minimum((seconds - time) / 0.2, 1.0)
    return np.asarray(tone) * attack


def _add(piece: Samples, at: int, sound: Samples) -> None:
    room = min(len(sound), len(piece) - at)
    piece[at : at + room] += sound[:room]

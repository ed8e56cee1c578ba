"""The outline of a recording: how loud each part of it is, for a page that draws it."""

from __future__ import annotations

import array
import itertools
import sys

from storage.sounds import Readable
from storage.wav import HEADER_BYTES, SAMPLE_BYTES

LOUDEST = 100
READ = 1 << 20
"""Bytes read at once: a sealed file is opened piece by piece, and each piece once."""
LOOKED_AT = 1500
"""Samples of a part that are looked at, evenly: an hour's outline costs no more than a minute's."""


def peaks(source: Readable, parts: int) -> tuple[int, ...]:
    """The loudest sample of each of so many equal parts, 0 to 100; fewer parts for a very short sound."""
    samples = max(0, source.size - HEADER_BYTES) // SAMPLE_BYTES
    parts = min(parts, samples)
    if parts == 0:
        return ()
    bounds = [samples * n // parts for n in range(parts + 1)]
    told: list[int] = []
    at_once = max(1, READ * parts // (samples * SAMPLE_BYTES))
    for first in range(0, parts, at_once):
        own = bounds[first : first + at_once + 1]
        sound = _samples(source, own[0], own[-1])
        told += [_peak(sound[start - own[0] : end - own[0]]) for start, end in itertools.pairwise(own)]
    return tuple(told)


def _peak(part: array.array[int]) -> int:
    seen = part[:: max(1, len(part) // LOOKED_AT)]
    return round(max(max(seen, default=0), -min(seen, default=0)) * LOUDEST / 32768)


def _samples(source: Readable, first: int, last: int) -> array.array[int]:
    sound = source.bytes_at(HEADER_BYTES + first * SAMPLE_BYTES, (last - first) * SAMPLE_BYTES)
    samples = array.array("h", sound[: len(sound) // SAMPLE_BYTES * SAMPLE_BYTES])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples

"""What one ear heard, on the machine's monotonic clock: whose tone was there from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy
from numpy.typing import NDArray

from hotline.phone.ear import RATE, TONE_DBFS, Samples

Span = tuple[float, float]

WINDOW, STEP = 0.04, 0.01
"""Seconds: long enough to tell tones of 60 Hz apart, short enough for a beginning to be known to 10 ms."""
ENTERED = 0.013
"""A tone is noticed once it fills so many seconds of a (Hann) window: it began that long before the window's end."""
_SIZE, _HOP = int(WINDOW * RATE), int(STEP * RATE)
_SHAPE = numpy.hanning(_SIZE)
_LOUD = 10 ** (TONE_DBFS / 20)


@dataclass
class Track:
    """`samples` at 8 kHz; the first was heard at `began` (seconds, monotonic)."""

    samples: Samples
    began: float
    _known: dict[float, NDArray[numpy.bool_]] = field(default_factory=dict)

    @property
    def ended(self) -> float:
        return self.began + len(self.samples) / RATE

    def there(self, tone: float) -> NDArray[numpy.bool_]:
        """Window by window."""
        if tone not in self._known:
            turns = _SHAPE * numpy.exp(-2j * numpy.pi * tone * numpy.arange(_SIZE) / RATE)
            self._known[tone] = 2 * numpy.abs(self._windows() @ turns) / _SHAPE.sum() > _LOUD
        return self._known[tone]

    def first(self, tone: float, after: float, for_at_least: float = 0.1) -> float | None:
        """When this tone was first there after a moment, and stayed; None when it never was."""
        found = (begin for begin, end in self.spans(tone) if end > after and end - max(begin, after) >= for_at_least)
        return max(after, begin) if (begin := next(found, None)) is not None else None

    def spans(self, tone: float, bridge: float = 0.0) -> list[Span]:
        """From when to when it was there; breaks of up to `bridge` seconds are none."""
        return self._spans(self.there(tone), bridge)

    def longest_gap(self, tones: Iterable[float], begin: float, end: float) -> Span:
        """The longest stretch between two moments with none of these tones; `begin` twice when there is none."""
        any_of = numpy.zeros(len(self._windows()), dtype=bool)
        for tone in tones:
            any_of |= self.there(tone)
        edges = [begin, *(min(max(at, begin), end) for span in self._spans(any_of, 0.0) for at in span), end]
        return max(zip(edges[::2], edges[1::2], strict=True), key=lambda gap: gap[1] - gap[0])

    def _spans(self, there: NDArray[numpy.bool_], bridge: float) -> list[Span]:
        changes = numpy.flatnonzero(numpy.diff(numpy.concatenate(([False], there, [False])).astype(int)))
        spans: list[Span] = []
        for first, past in zip(changes[::2], changes[1::2], strict=True):
            begin = self.began + first * STEP + WINDOW - ENTERED
            end = self.began + (past - 1) * STEP + ENTERED
            if spans and begin - spans[-1][1] <= bridge:
                spans[-1] = (spans[-1][0], end)
            elif end > begin:
                spans.append((begin, end))
        return spans

    def _windows(self) -> Samples:
        if len(self.samples) < _SIZE:
            return numpy.zeros((0, _SIZE))
        return numpy.lib.stride_tricks.sliding_window_view(self.samples, _SIZE)[::_HOP]


def overlap(one: Span, others: Sequence[Span]) -> float:
    """How many seconds of it are in any of the others, which do not touch each other."""
    return sum(max(0.0, min(one[1], end) - max(one[0], begin)) for begin, end in others)


def within(spans: Iterable[Span], begin: float, end: float) -> list[Span]:
    return [(max(b, begin), min(e, end)) for b, e in spans if min(e, end) > max(b, begin)]

"""Whether a leg's recording holds every segment of every speaker: what was heard at the phones is looked for in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.measured.track import Span, overlap, within

BRIDGE = 0.3
"""Seconds without a tone that are no end of a segment."""
SHORTEST = 0.4
EDGE = 0.3
"""Seconds by which a file may lead or lag: it begins a moment after the answer, and runs by Asterisk's clock."""
LOST_SHARE = 0.5

Voices = Mapping[str, Sequence[Span]]
"""Speaker → from when to when."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of one speaker; `missing` seconds of it are not in the file."""

    speaker: str
    span: Span
    missing: float

    @property
    def lost(self) -> bool:
        begin, end = self.span
        return self.missing > LOST_SHARE * (end - begin)


def sought(voices: Voices, conversation: Span) -> dict[str, list[Span]]:
    """Of what was heard, the segments of this conversation that are long enough to be told from a click."""
    begin, end = conversation
    return {
        speaker: [(b, e) for b, e in within(spans, begin, end) if e - b >= SHORTEST]
        for speaker, spans in voices.items()
    }


def compared(heard: Voices, on_file: Voices) -> list[Segment]:
    """Each segment that was heard, with what the file lacks of it; times in the file count from its beginning."""
    ahead = _shift(heard, on_file)
    segments = []
    for speaker, spans in heard.items():
        there = merged((begin + ahead - EDGE, end + ahead + EDGE) for begin, end in on_file.get(speaker, ()))
        segments += [Segment(speaker, span, max(0.0, span[1] - span[0] - overlap(span, there))) for span in spans]
    return segments


def _shift(heard: Voices, on_file: Voices) -> float:
    """By how much the file's time must be moved so that most of what was heard is in it."""
    shifts = {
        theirs[side] - ours[side]
        for speaker, spans in heard.items()
        for theirs in spans
        for ours in on_file.get(speaker, ())
        for side in (0, 1)
    }
    return max(shifts, key=lambda ahead: _held(heard, on_file, ahead), default=0.0)


def _held(heard: Voices, on_file: Voices, ahead: float) -> float:
    return sum(
        overlap((begin - ahead, end - ahead), on_file.get(speaker, ()))
        for speaker, spans in heard.items()
        for begin, end in spans
    )


def merged(spans: Iterable[Span], bridge: float = 0.0) -> list[Span]:
    """The same time, told once and in order; breaks of up to `bridge` seconds are none."""
    told: list[Span] = []
    for begin, end in sorted(spans):
        if told and begin - told[-1][1] <= bridge:
            told[-1] = (told[-1][0], max(told[-1][1], end))
        else:
            told.append((begin, end))
    return told

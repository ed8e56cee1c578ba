"""What can be heard in a recording: how loud, which tones, whether anybody speaks."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray

RATE = 8000
FRAME_SECONDS = 0.02
SILENCE_DBFS = -50.0
TONE_DBFS = -32.0
TONE_WINDOW, TONE_STEP = 0.2, 0.05
AT_ONCE = 1000
"""Windows; a tape of an hour has no room in memory as windows that overlap."""
TONE_SHARE = 0.15
"""Of all that is heard in a window; a note or a vowel beside the tone has most of the rest."""
SHORTEST_TONE = 0.15

Samples = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """Mono sound at `rate`; samples from -1 to 1."""

    samples: Samples
    rate: int = RATE

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def part(self, begin: float, end: float | None = None) -> Heard:
        """From `begin` to `end` seconds; negative counts from the end."""
        stop = None if end is None else int(end * self.rate)
        return Heard(self.samples[int(begin * self.rate) : stop], self.rate)

    def level(self) -> float:
        """Mean level in dBFS (a full-scale sine: -3)."""
        if not len(self.samples):
            return -120.0
        return _decibels(float(numpy.sqrt(numpy.mean(self.samples**2))))

    def seconds_heard(self, louder_than: float = SILENCE_DBFS) -> float:
        """How long anything louder than this was there."""
        return float(numpy.count_nonzero(self._levels() > louder_than)) * FRAME_SECONDS

    def first_heard(self, louder_than: float = SILENCE_DBFS) -> float | None:
        """Seconds until something was there; None when nothing ever was."""
        loud = numpy.flatnonzero(self._levels() > louder_than)
        return float(loud[0]) * FRAME_SECONDS if len(loud) else None

    def longest_silence(self, louder_than: float = SILENCE_DBFS) -> float:
        """The longest stretch in seconds with nothing to hear."""
        longest = run = 0
        for loud in self._levels() > louder_than:
            run = 0 if loud else run + 1
            longest = max(longest, run)
        return longest * FRAME_SECONDS

    def tone(self, frequency: float) -> float:
        """Level of one frequency over the whole sound, in dBFS as the sine's peak (Goertzel)."""
        return _decibels(float(_goertzel(self.samples[None, :], frequency, self.rate)[0])) if self.seconds else -120.0

    def tone_seconds(self, frequency: float, louder_than: float = TONE_DBFS, window: float = 0.1) -> float:
        """How long this tone was there, measured in windows of `window` seconds."""
        frames = self._frames(window)
        if not len(frames):
            return 0.0
        strengths = _goertzel(frames, frequency, self.rate)
        return float(numpy.count_nonzero(strengths > 10 ** (louder_than / 20))) * window

    def tone_spans(self, frequency: float) -> list[tuple[float, float]]:
        """From when to when (seconds) a steady tone was there, also beside other voices; breaks are not bridged.

        Speech and music hold no frequency so exactly for so long: what is shorter than `SHORTEST_TONE` is theirs.
        """
        frames = _overlapping(self.samples, int(TONE_WINDOW * self.rate), int(TONE_STEP * self.rate))
        parts = [_has_tone(frames[at : at + AT_ONCE], frequency, self.rate) for at in range(0, len(frames), AT_ONCE)]
        there = numpy.concatenate([numpy.zeros(0, dtype=bool), *parts])
        found = [self._span(first, past, len(there)) for first, past in _runs(there)]
        return [(begin, end) for begin, end in found if end - begin >= SHORTEST_TONE]

    def _span(self, first: int, past: int, of: int) -> tuple[float, float]:
        """Of windows: the first that has the tone holds as much of what was before, and so with the last."""
        begin = first * TONE_STEP + TONE_WINDOW / 2 if first else 0.0
        end = (past - 1) * TONE_STEP + TONE_WINDOW / 2 if past < of else self.seconds
        return begin, end

    def sounds_like_speech(self) -> bool:
        """Whether levels move as a voice's do: loud and quiet frames, and no single tone throughout.

        Asterisk's and carriers' tones are steady; music is only told from speech by its lack of pauses.
        """
        levels = self._levels()
        loud = levels > SILENCE_DBFS + 10
        if numpy.count_nonzero(loud) * FRAME_SECONDS < 0.5:
            return False
        return bool(numpy.std(levels[levels > SILENCE_DBFS]) > 4.0)

    def _levels(self) -> Samples:
        frames = self._frames(FRAME_SECONDS)
        if not len(frames):
            return numpy.zeros(0)
        power = numpy.sqrt(numpy.mean(frames**2, axis=1))
        levels: Samples = 20 * numpy.log10(numpy.maximum(power, 1e-6))
        return levels

    def _frames(self, seconds: float) -> Samples:
        size = int(seconds * self.rate)
        whole = len(self.samples) // size * size
        frames: Samples = self.samples[:whole].reshape(-1, size)
        return frames


def hear(path: Path) -> Heard:
    """Read a wav (also one still being written or cut off) or Asterisk's headerless 8 kHz .sln."""
    if path.suffix == ".sln":
        return Heard(_samples(path.read_bytes()))
    try:
        with wave.open(str(path)) as file:
            return Heard(_samples(file.readframes(file.getnframes())), file.getframerate())
    except (wave.Error, EOFError):
        return Heard(_samples(path.read_bytes()[44:]))


def write_tone(path: Path, frequency: float, seconds: float, dbfs: float = -14.0) -> Path:
    """A sine with this peak level as an 8 kHz wav; two-party tests use -14 so that mixes do not clip."""
    times = numpy.arange(int(seconds * RATE)) / RATE
    samples = numpy.sin(2 * numpy.pi * frequency * times) * 32767 * 10 ** (dbfs / 20)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def _has_tone(frames: Samples, frequency: float, rate: int) -> NDArray[numpy.bool_]:
    """Of each row, whether the tone is loud and a good part of what there is."""
    window = numpy.hanning(frames.shape[1])
    strengths = _goertzel(frames * window, frequency, rate) / window.mean()
    power = numpy.maximum((frames**2 @ window**2) / (window**2).sum(), 1e-12)
    loud: NDArray[numpy.bool_] = (strengths > 10 ** (TONE_DBFS / 20)) & (strengths**2 / 2 > TONE_SHARE * power)
    return loud


def _overlapping(samples: Samples, size: int, step: int) -> Samples:
    if len(samples) < size:
        return numpy.zeros((0, size))
    return numpy.lib.stride_tricks.sliding_window_view(samples, size)[::step]


def _runs(there: NDArray[numpy.bool_]) -> list[tuple[int, int]]:
    """First and one past the last place of each unbroken stretch."""
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([False], there, [False])).astype(int)))
    return [(int(first), int(past)) for first, past in zip(edges[::2], edges[1::2], strict=True)]


def _samples(raw: bytes) -> Samples:
    return numpy.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(numpy.float64) / 32768


def _goertzel(frames: Samples, frequency: float, rate: int) -> Samples:
    """Amplitude of one frequency in each row."""
    size = frames.shape[1]
    turns = numpy.exp(-2j * numpy.pi * frequency * numpy.arange(size) / rate)
    amplitudes: Samples = 2 * numpy.abs(frames @ turns) / size
    return amplitudes


def _decibels(amplitude: float) -> float:
    return float(20 * numpy.log10(max(amplitude, 1e-6)))

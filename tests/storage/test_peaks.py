"""The outline of a recording: where it is loud and how loud, whatever its length and however it is kept."""

from __future__ import annotations

import array
from dataclasses import dataclass

import pytest

from storage.peaks import peaks
from storage.wav import wav_header


@dataclass
class Kept:
    """A WAV in memory; `read` is what was asked of it."""

    content: bytes
    read: int = 0

    @property
    def size(self) -> int:
        return len(self.content)

    def bytes_at(self, start: int, size: int) -> bytes:
        self.read += size
        return self.content[start : start + size]


def kept(*levels: tuple[int, int]) -> Kept:
    """So many samples of each level, up and down."""
    sound = array.array("h", (level if n % 2 else -level for level, count in levels for n in range(count))).tobytes()
    return Kept(wav_header(len(sound)) + sound)


def test_each_part_is_as_loud_as_its_loudest_sample() -> None:
    assert peaks(kept((0, 4000), (16384, 4000), (32767, 4000), (3277, 4000)), 4) == (0, 50, 100, 10)


def test_the_lowest_sample_there_is_counts_as_full_and_a_negative_peak_counts() -> None:
    assert peaks(Kept(wav_header(4) + array.array("h", [-32768, 0]).tobytes()), 1) == (100,)


def test_a_sound_longer_than_one_reading_is_read_once_and_in_order() -> None:
    long = kept((1000, 700_000), (20000, 300_000), (0, 1_000_000))
    told = peaks(long, 600)
    assert (len(told), set(told[:210]), set(told[211:299]), set(told[301:])) == (600, {3}, {61}, {0})
    assert long.read == len(long.content) - 44


@pytest.mark.parametrize(("samples", "parts"), [(0, 0), (1, 1), (7, 7)])
def test_a_very_short_sound_has_no_more_parts_than_samples(samples: int, parts: int) -> None:
    assert len(peaks(kept((100, samples)), 600)) == parts

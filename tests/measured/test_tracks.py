"""A beginning and a gap are found to some hundredths of a second, beside other voices too."""

from __future__ import annotations

import numpy
import pytest

from hotline.phone.ear import RATE, Samples
from tests.measured.track import Track
from tests.measured.wire import _A_LAW, _U_LAW

NEAR = 0.012


def tone(frequency: float, *spans: tuple[float, float], seconds: float = 5.0) -> Samples:
    """At −14 dBFS, from when to when."""
    times = numpy.arange(int(seconds * RATE)) / RATE
    there = numpy.zeros(len(times), dtype=bool)
    for begin, end in spans:
        there |= (times >= begin) & (times < end)
    sound: Samples = numpy.where(there, 0.2 * numpy.sin(2 * numpy.pi * frequency * times), 0.0)
    return sound


def test_spans_begin_and_end_when_they_did_also_beside_two_other_voices() -> None:
    mixed = tone(1000, (1.0, 2.0), (2.31, 4.0)) + tone(1100, (0.0, 5.0)) + tone(940, (0.0, 5.0))
    spans = Track(mixed, 100.0).spans(1000)
    assert [at for span in spans for at in span] == pytest.approx([101.0, 102.0, 102.31, 104.0], abs=NEAR)
    assert Track(mixed, 100.0).spans(1000, bridge=0.35) == [(spans[0][0], spans[1][1])]


def test_the_first_moment_after_an_answer_is_one_in_which_the_voice_stays() -> None:
    track = Track(tone(440, (0.5, 0.55), (1.2, 3.0)), 10.0)
    assert track.first(440, 10.1) == pytest.approx(11.2, abs=NEAR)
    assert track.first(440, 12.0) == 12.0
    assert track.first(440, 12.95) is None
    assert track.first(1000, 10.0) is None


@pytest.mark.parametrize("gap", [0.06, 0.1, 0.3, 1.0])
def test_a_gap_is_where_none_of_the_sounds_is(gap: float) -> None:
    sound = tone(440, (0.0, 2.0)) + tone(520, (2.0 + gap, 5.0))
    begin, end = Track(sound, 50.0).longest_gap([440, 520], 51.0, 54.0)
    assert (begin, end) == pytest.approx((52.0, 52.0 + gap), abs=NEAR)
    begin, end = Track(sound, 50.0).longest_gap([440, 520], 50.5, 51.5)
    assert end - begin < NEAR
    begin, end = Track(sound, 50.0).longest_gap([440], 51.0, 54.0)
    assert end - begin == pytest.approx(2.0, abs=NEAR)


def test_g711_is_decoded_as_the_standard_says() -> None:
    assert (_A_LAW[0xD5] * 32768, _A_LAW[0x55] * 32768, _A_LAW[0xAA] * 32768) == (8, -8, 32256)
    assert (_U_LAW[0xFF], _U_LAW[0x00] * 32768, _U_LAW[0x80] * 32768) == (0, -32124, 32124)

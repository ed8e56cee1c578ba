"""What is read out of a phone's own log and tape: calls with their moments, tones with their times."""

from __future__ import annotations

import time
import wave
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy
import pytest

from hotline.phone.ear import RATE, Heard, Samples
from tests.proof.phone_log import Tape, calls_of
from tests.proof.spans import bridged, clock, seconds

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
EXACT = 0.1
"""Seconds that the beginning or the end of a tone may be off."""


def tone(hertz: float, lasts: float, dbfs: float = -14.0) -> Samples:
    samples: Samples = numpy.sin(2 * numpy.pi * hertz * numpy.arange(int(lasts * RATE)) / RATE) * 10 ** (dbfs / 20)
    return samples


def silence(lasts: float) -> Samples:
    return numpy.zeros(int(lasts * RATE))


def taped(folder: Path, sound: Samples, *, ran: float | None = None, stalled: float = 0.0) -> tuple[Tape, float]:
    """A tape of this sound, and when it began."""
    file, began = folder / "tape.wav", time.monotonic() - 60
    with wave.open(str(file), "wb") as whole:
        whole.setnchannels(1)
        whole.setsampwidth(2)
        whole.setframerate(RATE)
        whole.writeframes((sound * 32767).astype("<i2").tobytes())
    ran = len(sound) / RATE if ran is None else ran
    events = [
        {"event": "taping", "at": began, "file": str(file)},
        {"event": "taped", "file": str(file), "at": began + ran, "seconds": ran, "stalled": stalled},
    ]
    return Tape(file, events), began


def since(began: float, spans: Sequence[tuple[datetime, datetime]]) -> list[float]:
    """Beginnings and ends in turn, in seconds of the tape."""
    return [(each - clock(began)).total_seconds() for span in spans for each in span]


@pytest.mark.parametrize("dbfs", [-11, -14, -20, -28])
def test_a_tone_is_timed_to_a_tenth_of_a_second_however_loud(dbfs: float) -> None:
    sound = numpy.concatenate([silence(1.01), tone(1000, 2, dbfs), silence(0.5), tone(1000, 0.5, dbfs), silence(1)])
    spans = Heard(sound).tone_spans(1000)
    assert [at for span in spans for at in span] == pytest.approx([1.01, 3.01, 3.51, 4.01], abs=EXACT)
    assert Heard(sound).tone_spans(1600) == []


def test_two_voices_at_once_are_told_apart_and_a_sweeping_one_is_no_tone() -> None:
    both = numpy.concatenate([tone(700, 1), tone(700, 2) + tone(1000, 2), tone(700, 1)])
    assert [at for span in Heard(both).tone_spans(1000) for at in span] == pytest.approx([1, 3], abs=EXACT)
    assert [at for span in Heard(both).tone_spans(700) for at in span] == pytest.approx([0, 4], abs=EXACT)
    times = numpy.arange(4 * RATE) / RATE
    sweep = numpy.sin(2 * numpy.pi * (400 * times + 300 * times**2)) * 0.2
    assert Heard(sweep).tone_spans(1000) == []


def test_a_short_break_is_the_machines_a_long_one_is_a_break(tmp_path: Path) -> None:
    sound = numpy.concatenate([tone(1000, 1), silence(0.4), tone(1000, 1), silence(1.5), tone(1000, 1)])
    tape, began = taped(tmp_path, sound)
    assert since(began, tape.heard(1000)) == pytest.approx([0, 2.4, 3.9, 4.9], abs=EXACT)
    assert tape.slack == 0


def test_what_a_phone_lost_and_how_long_it_stood_still_makes_its_times_worse(tmp_path: Path) -> None:
    tape, _ = taped(tmp_path, tone(1000, 3), ran=3.5, stalled=0.25)
    assert tape.slack == pytest.approx(0.75)


def test_a_phone_that_was_killed_has_a_tape_without_an_end(tmp_path: Path) -> None:
    taped(tmp_path, tone(1000, 3))
    began = time.monotonic() - 60
    tape = Tape(tmp_path / "tape.wav", [{"event": "taping", "at": began, "file": str(tmp_path / "tape.wav")}])
    assert seconds(tape.heard(1000)) == pytest.approx(3, abs=2 * EXACT)


def test_calls_of_a_log_are_those_it_made_and_those_that_came_in() -> None:
    began = time.monotonic() - 100
    log: list[dict[str, Any]] = [
        {"event": "ready", "at": began},
        {"event": "dialled", "at": began + 1, "number": "13900001234", "beside": False},
        {"event": "state", "at": began + 2, "state": "confirmed", "beside": False},
        {"event": "dialled", "at": began + 3, "number": "13900001234", "beside": True},
        {"event": "state", "at": began + 4, "state": "disconnected", "beside": True},
        {"event": "ringing", "at": began + 5, "busy": True},
        {"event": "state", "at": began + 9, "state": "disconnected", "beside": False},
        {"event": "ringing", "at": began + 20, "busy": False},
        {"event": "state", "at": began + 30, "state": "confirmed", "beside": False},
    ]
    first, second = calls_of(log)
    assert (first.number, second.number, second.ended) == ("13900001234", "", None)
    moments = [first.began, first.answered, first.ended, second.began, second.answered]
    assert [round((at - clock(began)).total_seconds(), 2) for at in moments if at] == [1, 2, 9, 20, 30]
    assert calls_of([]) == []


def test_a_break_of_the_given_length_is_bridged_and_a_longer_one_is_not() -> None:
    first, second, third = ((START + timedelta(seconds=at), START + timedelta(seconds=at + 1)) for at in (0, 1.5, 3.2))
    assert bridged([third, first, second], 0.6) == [(first[0], second[1]), third]

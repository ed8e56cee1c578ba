"""All legs of a call as the tracks of one sound: each at its place in time, read in any part."""

from __future__ import annotations

import array
import io
import random
import wave
from pathlib import Path

import pytest

from storage.fields import Fields
from storage.sealed_files import SealedFile, seal
from storage.sounds import JoinedTracks, PlainFile, Readable, Track
from storage.wav import wav_header

NAME = "recordings/closed/x.wav"


def leg(folder: Path, name: str, level: int, seconds: float) -> Path:
    sound = array.array("h", [level] * int(8000 * seconds)).tobytes()
    file = folder / name
    file.write_bytes(wav_header(len(sound)) + sound)
    return file


def heard(joined: JoinedTracks) -> list[list[int]]:
    """Samples by track, as any player reads them."""
    with wave.open(io.BytesIO(joined.bytes_at(0, joined.size))) as whole:
        assert (whole.getframerate(), whole.getsampwidth()) == (8000, 2)
        frames = array.array("h", whole.readframes(whole.getnframes()))
        return [list(frames[n :: whole.getnchannels()]) for n in range(whole.getnchannels())]


@pytest.fixture
def joined(tmp_path: Path, fields: Fields) -> JoinedTracks:
    """The caller from 0 to 3 s in clear, the agent from 1 to 2.5 s sealed, a specialist from 2.25 s."""
    agent: Readable = SealedFile(seal(leg(tmp_path, "agent.wav", 20, 1.5), NAME, fields, piece=999), fields)
    return JoinedTracks(
        [
            Track("caller", PlainFile(leg(tmp_path, "caller.wav", 10, 3)), 0.0),
            Track("agent:1001", agent, 1.0),
            Track("specialist", PlainFile(leg(tmp_path, "specialist.wav", 30, 1)), 2.25),
        ]
    )


def test_each_party_has_a_track_at_its_place_in_time(joined: JoinedTracks) -> None:
    caller, agent, specialist = heard(joined)
    assert len(caller) == len(agent) == len(specialist) == 26_000
    assert caller == [10] * 24_000 + [0] * 2_000
    assert agent == [0] * 8_000 + [20] * 12_000 + [0] * 6_000
    assert specialist == [0] * 18_000 + [30] * 8_000


def test_any_part_of_it_is_the_same_as_of_the_whole(joined: JoinedTracks) -> None:
    whole, chance = joined.bytes_at(0, joined.size), random.Random(1)
    assert len(whole) == joined.size
    for _ in range(300):
        start = chance.randrange(joined.size)
        size = chance.choice([1, 7, 100, 30_000])
        assert joined.bytes_at(start, size) == whole[start : start + size], (start, size)
    assert joined.bytes_at(joined.size, 10) == b""


def test_a_call_with_one_leg_is_that_leg(tmp_path: Path) -> None:
    file = leg(tmp_path, "caller.wav", 10, 1)
    assert JoinedTracks([Track("caller", PlainFile(file), 0.0)]).bytes_at(0, 10**6) == file.read_bytes()

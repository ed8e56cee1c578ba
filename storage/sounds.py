"""Recordings as they are heard: a file in clear or sealed, or all legs of a call as the tracks of one WAV."""

from __future__ import annotations

import array
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage.wav import HEADER_BYTES, RATE, SAMPLE_BYTES, wav_header


class Readable(Protocol):
    """Bytes in clear, any part of them; it may wait for the disk."""

    @property
    def size(self) -> int: ...

    def bytes_at(self, start: int, size: int) -> bytes: ...


class PlainFile:
    """A file that is not sealed (yet)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def bytes_at(self, start: int, size: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(size)


class Sound:
    """What is read off the loop."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    @property
    def size(self) -> int:
        return self._source.size

    async def read(self, start: int, size: int) -> bytes:
        return await asyncio.to_thread(self._source.bytes_at, start, size)


@dataclass(frozen=True, slots=True)
class Track:
    """One leg's WAV (mono, 16 bit, 8 kHz) and when it begins, in seconds of the call's own time."""

    name: str
    source: Readable
    begins: float

    @property
    def first(self) -> int:
        return max(0, round(self.begins * RATE))

    @property
    def samples(self) -> int:
        return max(0, self.source.size - HEADER_BYTES) // SAMPLE_BYTES


class JoinedTracks:
    """A WAV with one channel a leg, each at its place in time, made while it is read: no file of it exists."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._tracks = tracks
        self._frame = SAMPLE_BYTES * len(tracks)
        self._frames = max((track.first + track.samples for track in tracks), default=0)
        self._header = wav_header(self._frames * self._frame, channels=len(tracks))
        self.size = len(self._header) + self._frames * self._frame

    def bytes_at(self, start: int, size: int) -> bytes:
        end = min(start + size, self.size)
        head = self._header[start:end]
        begin = max(0, start - len(self._header))
        ends = max(0, end - len(self._header))
        if ends <= begin:
            return head
        first = begin // self._frame
        frames = self._frames_at(first, -(-ends // self._frame))
        offset = begin - first * self._frame
        return head + frames[offset : offset + ends - begin]

    def _frames_at(self, first: int, last: int) -> bytes:
        """Interleaved samples of the frames from `first` to before `last`."""
        woven = array.array("h", bytes((last - first) * self._frame))
        for n, track in enumerate(self._tracks):
            begin, end = max(first, track.first), min(last, track.first + track.samples)
            if begin < end:
                at = HEADER_BYTES + (begin - track.first) * SAMPLE_BYTES
                samples = _samples(track.source.bytes_at(at, (end - begin) * SAMPLE_BYTES))
                place = (begin - first) * len(self._tracks) + n
                woven[place : place + len(samples) * len(self._tracks) : len(self._tracks)] = samples
        if sys.byteorder == "big":
            woven.byteswap()
        return woven.tobytes()


def _samples(sound: bytes) -> array.array[int]:
    samples = array.array("h", sound[: len(sound) // SAMPLE_BYTES * SAMPLE_BYTES])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples

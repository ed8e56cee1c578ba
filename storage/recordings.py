"""Recordings as files: raw sound from Asterisk becomes a WAV with a checksum, and orphans are made whole."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from cti.core.ids import CallId, LegId
from cti.core.ports import ClosedRecording, EndedRecording, PersonalFields
from storage.sealed_files import SUFFIX, SealBroken, SealedFile, header_of
from storage.sounds import PlainFile, Readable
from storage.wav import HEADER_BYTES, SAMPLE_BYTES, seconds_of, wav_header

PIECE = 1 << 18
QUIET_SECONDS = 5.0
"""A raw file that was written to this lately may still be in use."""

_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_RAW = re.compile(r"(?P<call>HC.+?)\.(?:(?P<caller>caller)|(?P<role>[a-z]+)-(?P<leg>[A-Za-z0-9._-]+))\.sln")

log = structlog.get_logger(__name__)


class RecordingMissing(FileNotFoundError):
    """The raw file is not there: Asterisk never wrote it, or someone took it."""

    code = "recording_missing"


class BadRecordingPath(ValueError):
    """A path or name that leaves the folder of recordings or holds strange characters."""

    code = "bad_recording_path"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedRecording:
    """An orphan that `repair` has closed; to be journaled as RecordingClosed."""

    call_id: CallId
    leg: LegId
    role: str
    closed: ClosedRecording


@dataclass(frozen=True, slots=True)
class _Made:
    """A WAV that has its name, and the raw file that may go once the name is on the disk."""

    raw: Path
    target: Path
    closed: ClosedRecording


class RecordingFiles:
    """`Recordings` of `cti.core.ports` on the folder HOTLINE_HOME/recordings. URIs are relative to HOME."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self.raw = self._raw = self._home / "recordings" / "raw"
        self._closed = self._home / "recordings" / "closed"
        self._one_at_a_time = threading.Lock()

    async def close(self, path: str, call_id: CallId, leg: LegId, role: str) -> ClosedRecording:
        """Make a WAV of `path` (relative to raw/) and remove the raw file. Doing it twice gives the same.

        Raises RecordingMissing, BadRecordingPath, OSError (disk full: the raw file stays).
        """
        return await asyncio.to_thread(self._close, path, call_id, leg, role)

    async def close_all(self, ended: Sequence[EndedRecording]) -> list[ClosedRecording | Exception]:
        """Close these in one go; each has its WAV or what kept it from having one."""
        return await asyncio.to_thread(self._close_all, ended)

    async def last_written(self, call_id: CallId) -> datetime | None:
        """When sound of this call was last written to a raw file; None when there is none left."""
        return await asyncio.to_thread(self._last_written, call_id)

    def _last_written(self, call_id: str) -> datetime | None:
        if not _SAFE.fullmatch(call_id):
            return None
        written = []
        for raw in self._raw.glob(f"*/*/*/{call_id}.*.sln"):
            with contextlib.suppress(FileNotFoundError):
                written.append(raw.stat().st_mtime)
        return datetime.fromtimestamp(max(written), UTC) if written else None

    async def repair(self, live: Collection[str] = ()) -> list[RepairedRecording]:
        """Close every raw file that belongs to no live call and is no longer written to."""
        return await asyncio.to_thread(lambda: list(self._repaired(set(live))))

    def file(self, uri: str) -> Path:
        """The file of a URI. Raises BadRecordingPath, RecordingMissing."""
        found = self._place(uri)
        if not found.is_file():
            raise RecordingMissing(uri)
        return found

    def stored(self, uri: str) -> Path:
        """The file that holds a URI's sound, in clear or sealed. Raises BadRecordingPath, RecordingMissing."""
        place = self._place(uri)
        sealed = place.with_name(place.name + SUFFIX)
        return sealed if sealed.is_file() else self.file(uri)

    def sound(self, uri: str, fields: PersonalFields) -> Readable:
        """The sound of a URI in clear. Raises BadRecordingPath, RecordingMissing, SealBroken."""
        stored = self.stored(uri)
        if stored.suffix != SUFFIX:
            return PlainFile(stored)
        opened = SealedFile(stored, fields)
        if opened.name != uri:
            raise SealBroken(f"{stored.name} was sealed as another recording")
        return opened

    def _place(self, uri: str) -> Path:
        return _inside(self._home / "recordings", self._home / uri)

    def _close_all(self, ended: Sequence[EndedRecording]) -> list[ClosedRecording | Exception]:
        """Each folder goes to the disk once, and only then are the raw files removed."""
        with self._one_at_a_time:  # a repair and a close of the same file must not write over each other
            made = [self._made_or_reason(*each) for each in ended]
            folders = {each.target.parent for each in made if isinstance(each, _Made)}
            on_disk = {folder: _sync_folder(folder) for folder in folders}
            return [self._finished(each, on_disk) if isinstance(each, _Made) else each for each in made]

    def _finished(self, made: _Made, on_disk: Mapping[Path, OSError | None]) -> ClosedRecording | Exception:
        error = on_disk[made.target.parent]
        if error is not None:
            return error
        self._forget(made.raw)
        return made.closed

    def _made_or_reason(self, path: str, call_id: str, leg: str, role: str) -> _Made | ClosedRecording | Exception:
        try:
            return self._made(path, call_id, leg, role)
        except Exception as reason:  # whatever is wrong with one file, the others are closed
            return reason

    def _close(self, path: str, call_id: str, leg: str, role: str) -> ClosedRecording:
        (closed,) = self._close_all([(path, CallId(call_id), LegId(leg), role)])
        if isinstance(closed, Exception):
            raise closed
        return closed

    def _made(self, path: str, call_id: str, leg: str, role: str) -> _Made | ClosedRecording:
        """The WAV is in its place, its sound on the disk; its name is not yet, and the raw file is still there."""
        raw = _inside(self._raw, self._raw / path)
        target = self._target(raw, call_id, leg, role)
        if not raw.exists():
            return self._described(target, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_suffix(".part")
        digest, size = _wrapped(raw, beside)
        beside.replace(target)
        return _Made(raw, target, self._as_closed(target, digest, size))

    def _target(self, raw: Path, call_id: str, leg: str, role: str) -> Path:
        for word in (call_id, leg, role):
            if not _SAFE.fullmatch(word):
                raise BadRecordingPath(f"{word!r} cannot be part of a file's name")
        return self._closed / raw.relative_to(self._raw).parent / f"{call_id}.{role}-{leg}.wav"

    def _described(self, target: Path, path: str) -> ClosedRecording:
        """What an earlier close has made, when the raw file is gone because of it."""
        sealed = target.with_name(target.name + SUFFIX)
        if sealed.exists():
            header = header_of(sealed)
            return self._as_closed(target, header.sha256, header.size)
        if not target.exists():
            raise RecordingMissing(path)
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return self._as_closed(target, digest, target.stat().st_size)

    def _as_closed(self, target: Path, digest: str, size: int) -> ClosedRecording:
        uri = target.relative_to(self._home).as_posix()
        return ClosedRecording(uri=uri, sha256=digest, bytes=size, seconds=seconds_of(size))

    def _forget(self, raw: Path) -> None:
        try:
            raw.unlink(missing_ok=True)
        except OSError as error:  # closed all the same; repair tries again at the next start
            log.warning("raw_recording_not_removed", file=raw.name, reason=str(error))

    def _closed_before(self, raw: Path, call_id: str, leg: str, role: str) -> bool:
        """Whether all of the raw file is in its WAV already: only the removal had failed. It is tried again."""
        target = self._target(raw, call_id, leg, role)
        sound = raw.stat().st_size // SAMPLE_BYTES * SAMPLE_BYTES
        whole = _clear_size(target) == HEADER_BYTES + sound
        if whole:
            self._forget(raw)
        return whole

    def _repaired(self, live: set[str]) -> Iterator[RepairedRecording]:
        for raw in sorted(self._raw.rglob("*.sln")):
            named = _RAW.fullmatch(raw.name)
            if named is None:
                log.warning("strange_raw_recording", file=raw.name)
                continue
            if named["call"] in live or time.time() - raw.stat().st_mtime < QUIET_SECONDS:
                continue
            call_id, role = CallId(named["call"]), named["caller"] or named["role"]
            leg = LegId(named["leg"] or call_id.removeprefix("HC"))
            if self._closed_before(raw, call_id, leg, role):
                continue
            closed = self._close(raw.relative_to(self._raw).as_posix(), call_id, leg, role)
            yield RepairedRecording(call_id=call_id, leg=leg, role=role, closed=closed)


def _wrapped(raw: Path, beside: Path) -> tuple[str, int]:
    """Write header and sound to `beside`, on the disk when this returns; its SHA-256 and size."""
    digest = hashlib.sha256()
    with raw.open("rb") as sound, beside.open("wb") as wav:
        left = os.fstat(sound.fileno()).st_size // SAMPLE_BYTES * SAMPLE_BYTES  # a torn last sample is dropped
        size = HEADER_BYTES + left
        piece = wav_header(left)
        while piece:
            digest.update(piece)
            wav.write(piece)
            piece = sound.read(min(PIECE, left))
            left -= len(piece)
        wav.flush()
        os.fsync(wav.fileno())
    beside.chmod(0o640)
    return digest.hexdigest(), size


def _clear_size(target: Path) -> int:
    """How long the recording is in clear, sealed or not; -1 when there is none."""
    sealed = target.with_name(target.name + SUFFIX)
    if sealed.exists():
        with contextlib.suppress(SealBroken):  # the raw sound is still there: it is closed again
            return header_of(sealed).size
    return target.stat().st_size if target.exists() else -1


def _inside(folder: Path, path: Path) -> Path:
    found = path.resolve()
    if not found.is_relative_to(folder):
        raise BadRecordingPath(f"{path.name!r} lies outside the recordings")
    return found


def _sync_folder(folder: Path) -> OSError | None:
    """Names in the folder are on the disk after this, or what kept them from it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        return error
    return None

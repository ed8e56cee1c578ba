"""The desk's port to recordings: found by their row, opened from whatever they are kept in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog

from agent_desktop import ports
from cti.core.ports import PersonalFields
from hotline.wiring.desk_ports import Asking
from storage import calls, recordings
from storage.sealed_files import SealBroken
from storage.sounds import JoinedTracks, Readable, Sound, Track

HEARD = frozenset({"closed", "damaged"})
NOT_THERE = (ValueError, calls.UnknownRecording, recordings.RecordingMissing, SealBroken)

log = structlog.get_logger(__name__)


class Recordings:
    """`Recordings` of the desk's ports: one leg, or a call with a track a leg."""

    def __init__(
        self, store: calls.CallStore, files: recordings.RecordingFiles, fields: PersonalFields, asking: Asking
    ) -> None:
        self._store, self._files, self._fields, self._asking = store, files, fields, asking

    async def find(self, recording_id: str) -> ports.RecordingFile:
        try:
            with self._asking.postgres():
                line = await self._store.recording(UUID(recording_id))
            source = await asyncio.to_thread(self._files.sound, line.uri or "", self._fields)
        except NOT_THERE as error:
            raise _not_found(recording_id, error) from None
        return ports.RecordingFile(
            sound=Sound(source), call_id=line.call_id, agents=_agents(line), tracks=(track_name(line),)
        )

    async def joined(self, call_id: str) -> ports.RecordingFile:
        with self._asking.postgres():
            lines = await self._store.recordings_of_call(call_id)
        heard = [line for line in lines if line.state in HEARD and line.uri and line.started_at]
        tracks = await asyncio.to_thread(self._tracks, heard)
        if not tracks:
            raise ports.NotFound(call_id)
        names = tuple(track.name for track in tracks)
        owner = frozenset(line.agent_id for line in heard if line.agent_id)  # who left earlier has not heard the rest
        return ports.RecordingFile(sound=Sound(JoinedTracks(tracks)), call_id=call_id, agents=owner, tracks=names)

    def _tracks(self, lines: Sequence[calls.RecordingLine]) -> list[Track]:
        """Those that can be opened, each at its place in the call's time."""
        first = min((line.started_at for line in lines if line.started_at), default=None)
        opened = [(line, self._opened(line)) for line in lines]
        return [
            Track(track_name(line), source, (line.started_at - first).total_seconds())
            for line, source in opened
            if source is not None and first is not None and line.started_at is not None
        ]

    def _opened(self, line: calls.RecordingLine) -> Readable | None:
        try:
            return self._files.sound(line.uri or "", self._fields)
        except NOT_THERE as error:
            _not_found(str(line.recording_id), error)
            return None


def track_name(line: calls.RecordingLine) -> str:
    """Who is on it, in ASCII: `caller`, `agent:1001`, `specialist:…`."""
    return f"{line.role}:{line.party}" if line.party and line.party.isascii() else line.role


def _agents(line: calls.RecordingLine) -> frozenset[str]:
    """Whose own call it is: who answered it last, and who is on this very recording."""
    on_it = line.party if line.role == "agent" else None
    return frozenset(agent for agent in (line.agent_id, on_it) if agent)


def _not_found(what: str, error: Exception) -> ports.NotFound:
    if isinstance(error, SealBroken):
        log.error("recording_seal_broken", alarm=True, recording_id=what, reason=str(error))
    return ports.NotFound(what)

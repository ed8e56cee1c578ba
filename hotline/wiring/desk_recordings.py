"""The desk's port to recordings: found by their row, opened from whatever they are kept in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from agent_desktop import ports
from cti.core.ports import PersonalFields
from hotline.wiring import desk_lanes
from hotline.wiring.desk_ports import Asking, assistance
from storage import calls, recordings
from storage.sealed_files import SealBroken
from storage.sounds import JoinedTracks, Readable, Sound, Track
from storage.three_ways import ThreeWayStore

HEARD = frozenset({"closed", "damaged"})
NOT_THERE = (ValueError, calls.UnknownRecording, recordings.RecordingMissing, SealBroken)

log = structlog.get_logger(__name__)


class Recordings:
    """`Recordings` of the desk's ports: one leg, or a call with a track a leg."""

    def __init__(
        self,
        store: calls.CallStore,
        three_ways: ThreeWayStore,
        files: recordings.RecordingFiles,
        fields: PersonalFields,
        asking: Asking,
    ) -> None:
        self._store, self._three_ways, self._files = store, three_ways, files
        self._fields, self._asking = fields, asking

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
        heard = _heard(lines)
        opened = await asyncio.to_thread(self._opened_ones, heard)
        if not opened:
            raise ports.NotFound(call_id)
        tracks, first = [], _first(heard)
        for line, source in opened:
            tracks.append(Track(track_name(line), source, desk_lanes.seconds_after(first, line.started_at)))
        names = tuple(track.name for track in tracks)
        return ports.RecordingFile(
            sound=Sound(JoinedTracks(tracks)), call_id=call_id, agents=_owner(heard), tracks=names
        )

    async def lanes(self, call_id: str) -> ports.Lanes:
        with self._asking.postgres():
            lines = await self._store.recordings_of_call(call_id)
            pauses = await self._store.pauses_of_call(call_id)
            asked = await self._three_ways.of_call(call_id)
        told = [line for line in lines if line.started_at]
        heard = _heard(told)
        first = _first(heard or told)
        if first is None:
            raise ports.NotFound(call_id)
        opened = await asyncio.to_thread(self._opened_ones, heard)
        drawn = desk_lanes.Drawn(first=first, sources={line.recording_id: it for line, it in opened})
        lanes = await asyncio.to_thread(lambda: tuple(drawn.lane(line) for line in told))
        ends = max(lane.begins + lane.seconds for lane in lanes)
        return ports.Lanes(
            call_id=call_id,
            agents=_owner(told),
            tracks=tuple(track_name(line) for line, _ in opened),
            started_at=first,
            seconds=ends,
            lanes=lanes,
            pauses=tuple(drawn.pause(pause, ends) for pause in pauses),
            assistance=tuple(assistance(line) for line in asked),
        )

    def _opened_ones(self, lines: Sequence[calls.RecordingLine]) -> list[tuple[calls.RecordingLine, Readable]]:
        """Those that can be opened, in the order of their tracks."""
        opened = [(line, self._opened(line)) for line in lines]
        return [(line, source) for line, source in opened if source is not None]

    def _opened(self, line: calls.RecordingLine) -> Readable | None:
        try:
            return self._files.sound(line.uri or "", self._fields)
        except NOT_THERE as error:
            _not_found(str(line.recording_id), error)
            return None


def track_name(line: calls.RecordingLine) -> str:
    """Who is on it, in ASCII: `caller`, `agent:1001`, `specialist:…`."""
    return f"{line.role}:{line.party}" if line.party and line.party.isascii() else line.role


def _heard(lines: Sequence[calls.RecordingLine]) -> list[calls.RecordingLine]:
    return [line for line in lines if line.state in HEARD and line.uri and line.started_at]


def _first(lines: Sequence[calls.RecordingLine]) -> datetime | None:
    return min((line.started_at for line in lines if line.started_at), default=None)


def _owner(lines: Sequence[calls.RecordingLine]) -> frozenset[str]:
    """Who answered last: one who left earlier has not heard the rest."""
    return frozenset(line.agent_id for line in lines if line.agent_id)


def _agents(line: calls.RecordingLine) -> frozenset[str]:
    """Whose own call it is: who answered it last, and who is on this very recording."""
    on_it = line.party if line.role == "agent" else None
    return frozenset(agent for agent in (line.agent_id, on_it) if agent)


def _not_found(what: str, error: Exception) -> ports.NotFound:
    if isinstance(error, SealBroken):
        log.error("recording_seal_broken", alarm=True, recording_id=what, reason=str(error))
    return ports.NotFound(what)

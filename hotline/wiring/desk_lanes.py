"""A call's recordings as lanes on one line of time: what can be heard, what is missing, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from agent_desktop import ports
from storage import calls
from storage.peaks import peaks
from storage.sealed_files import SealBroken
from storage.sounds import Readable
from storage.wav import seconds_of

PARTS = 600
"""Of an outline: about one to two pixels of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The lanes of one call: `first` is its first sound, `sources` are its tracks in their order."""

    first: datetime | None
    sources: Mapping[UUID, Readable]

    def lane(self, line: calls.RecordingLine) -> ports.Lane:
        source = self.sources.get(line.recording_id)
        outline, broken = _outline(source)
        return ports.Lane(
            recording_id=str(line.recording_id),
            role=line.role,
            party=line.party or "",
            name=line.label or "",
            state=line.state,
            fault="seal" if broken else line.fault or "",
            begins=max(0.0, seconds_after(self.first, line.started_at)),
            seconds=seconds_of(source.size) if source else _expected(line),
            track=list(self.sources).index(line.recording_id) if source else None,
            peaks=outline,
        )

    def pause(self, pause: calls.PauseLine, ends: float) -> ports.LanePause:
        """A pause that nobody ended went on to the end."""
        begins = min(ends, max(0.0, seconds_after(self.first, pause.from_at)))
        until = min(ends, seconds_after(self.first, pause.to_at)) if pause.to_at else ends
        return ports.LanePause(reason=pause.reason, by=pause.paused_by or "", begins=begins, ends=max(begins, until))


def seconds_after(first: datetime | None, at: datetime | None) -> float:
    return (at - first).total_seconds() if at and first else 0.0


def _outline(source: Readable | None) -> tuple[tuple[int, ...], bool]:
    """And whether a piece of the file was changed: what is before it can be heard."""
    try:
        return (peaks(source, PARTS) if source else ()), False
    except SealBroken:
        return (), True


def _expected(line: calls.RecordingLine) -> float:
    """How long one that cannot be heard would have been."""
    return line.seconds or max(0.0, seconds_after(line.started_at, line.left_at))

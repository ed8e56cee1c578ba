"""The rows of one call's parties while its events are told, and the words in which an event tells of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cti.core.events import CallEvent
from cti.core.hearing import Heard
from storage.party_rows import EmergencyRow, LegRow, PauseRow, SegmentRow, ThreeWayRow, TransferRow
from storage.project import EventRow


@dataclass(slots=True)
class Parties:
    """The rows of one call while its events are told, oldest first."""

    of_call: dict[str, Any]
    legs: dict[str, LegRow] = field(default_factory=dict)
    segments: list[SegmentRow] = field(default_factory=list)
    three_ways: list[ThreeWayRow] = field(default_factory=list)
    emergencies: list[EmergencyRow] = field(default_factory=list)
    transfers: list[TransferRow] = field(default_factory=list)
    pauses: list[PauseRow] = field(default_factory=list)
    core: list[CallEvent] = field(default_factory=list)
    """The events that all of this is told from."""
    hearing: tuple[Heard, ...] = ()
    """Who heard whom, from when to when."""
    caller: str = ""
    """The caller's leg."""
    seen_off: frozenset[str] = frozenset()
    """Legs whose own end was seen; what was believed of them before that does not count."""
    hung_up: frozenset[str] = frozenset()
    """Legs whose own phone ended them."""
    described: dict[str, EventRow] = field(default_factory=dict)
    """What a desk sent along with a press that the switch has not told of yet, by service."""

    def leg(self, event: EventRow, *, role: str = "", **known: Any) -> None:
        """Add to what is known of the event's leg; nothing that is known already is forgotten."""
        name = str(event.body["leg"])
        row = self.legs.get(name) or LegRow(**self.of_call, leg=name, role=role or word_of(event, "role") or "unknown")
        fresh = {key: value for key, value in known.items() if value is not None and getattr(row, key) is None}
        self.legs[name] = replace(row, **fresh)

    def ends(self, name: str, at: datetime, cause: int | None = None) -> None:
        """The leg is gone, and with it all that it was in the middle of."""
        row = self.legs.get(name)
        if row is not None and row.to_at is None:
            self.legs[name] = replace(row, to_at=at, cause=cause)
        self.close(at, lambda segment: segment.leg == name)

    def open(self, event: EventRow, name: str, kind: str, bridge: str | None = None) -> None:
        if any(each.leg == name and each.kind == kind and each.to_at is None for each in self.segments):
            return
        role = self.legs[name].role if name in self.legs else word_of(event, "role") or "unknown"
        place = len(self.segments)
        self.segments.append(
            SegmentRow(**self.of_call, place=place, leg=name, role=role, kind=kind, bridge=bridge, from_at=event.at)
        )

    def close(self, at: datetime, which: Callable[[SegmentRow], bool]) -> None:
        self.segments = [
            replace(each, to_at=at) if each.to_at is None and which(each) else each for each in self.segments
        ]

    def resume(self, at: datetime, by: str | None) -> None:
        self.pauses = [each if each.to_at else replace(each, to_at=at, resumed_by=by) for each in self.pauses]


Changes = dict[str, Callable[[Parties, EventRow], None]]


def agent_of(event: EventRow) -> str | None:
    return event.agent_id or word_of(event, "agent")


def word_of(event: EventRow, name: str) -> str | None:
    value = event.body.get(name)
    return str(value) if value not in {None, ""} else None

"""What PostgreSQL says of one call: who could hear whom from when to when, told from its rows alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.proof.spans import Interval, both, union, without
from tests.stories.case_book import CaseBook, Row

LEGS = "SELECT * FROM call_legs WHERE call_id = $1 ORDER BY from_at"
SEGMENTS = "SELECT * FROM call_segments WHERE call_id = $1 ORDER BY place"
THREE_WAYS = "SELECT * FROM three_ways WHERE call_id = $1 ORDER BY place"
ASIDE = ("held", "phone_held", "silent")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    row: Row
    legs: list[Row]
    segments: list[Row]
    three_ways: list[Row] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """It ended, and so did all of its legs."""
        return self.row["ended_at"] is not None and all(leg["to_at"] for leg in self.legs)

    @property
    def caller(self) -> Row | None:
        return next((leg for leg in self.legs if leg["role"] == "caller"), None)

    @property
    def agents(self) -> set[str]:
        """Those who answered."""
        return {leg["party"] for leg in self.legs if leg["role"] == "agent" and leg["answered_at"]}

    def with_caller(self, leg: Row) -> list[Interval]:
        """From when to when the leg and the caller were in one bridge or room, neither put aside."""
        caller = self.caller
        if caller is None:
            return []
        shared: list[Interval] = []
        for bridge in {segment["bridge"] for segment in self.segments if segment["kind"] == "bridge"}:
            shared += both(self._in(bridge, caller), self._in(bridge, leg))
        return union(without(shared, [*self.aside(caller), *self.aside(leg)]))

    def aside(self, leg: Row) -> list[Interval]:
        """When it heard music, or nobody was there any more."""
        return [span for kind in ASIDE for span in self._spans(leg, kind)]

    def muted(self, leg: Row) -> list[Interval]:
        return self._spans(leg, "muted")

    def _in(self, bridge: str, leg: Row) -> list[Interval]:
        return self._spans(leg, "bridge", bridge)

    def _spans(self, leg: Row, kind: str, bridge: str | None = None) -> list[Interval]:
        mine = [each for each in self.segments if each["leg"] == leg["leg"] and each["kind"] == kind and each["to_at"]]
        return [(each["from_at"], each["to_at"]) for each in mine if each["bridge"] == bridge]


def stored_since(book: CaseBook, begun: datetime) -> list[StoredCall]:
    """Calls that arrived since then, oldest first."""
    rows = book.rows("SELECT * FROM calls WHERE arrived_at >= $1 ORDER BY arrived_at", begun)
    return [stored(book, row) for row in rows]


def stored(book: CaseBook, row: dict[str, Any]) -> StoredCall:
    call_id = row["call_id"]
    legs, segments, three_ways = (book.rows(sql, call_id) for sql in (LEGS, SEGMENTS, THREE_WAYS))
    return StoredCall(row=row, legs=legs, segments=segments, three_ways=three_ways)

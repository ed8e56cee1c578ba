"""Whom a desk may bring into a call: policy specialists, department lines, other centres; found by a few letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
"""The one official time of the country; it has no summer time."""
SPECIALIST, DEPARTMENT, CENTRE = "specialist", "department", "centre"
KINDS = (SPECIALIST, DEPARTMENT, CENTRE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Weekdays (1 is Monday) and hours of the day, `until` not included."""

    days: frozenset[int]
    begin: time
    until: time

    def covers(self, at: datetime) -> bool:
        local = at.astimezone(CHINA)
        return local.isoweekday() in self.days and self.begin <= local.time() < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the directory; `numbers` are tried in order and are shown to nobody."""

    id: str
    kind: str
    department: str
    department_name: str
    name: str
    numbers: tuple[str, ...]
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    initials: tuple[str, ...] = ()
    duty: tuple[Duty, ...] = ()

    def on_duty(self, at: datetime) -> bool:
        """Whether somebody should pick up now; an entry without a roster always has somebody."""
        return not self.duty or any(duty.covers(at) for duty in self.duty)

    def rank(self, wanted: str) -> int | None:
        """How well letters or words fit, 0 best; None when they do not."""
        if any(letters.startswith(wanted) for letters in self.initials):
            return 0
        if any(wanted in text for text in (self.name, self.department_name)):
            return 1
        if any(wanted in topic for topic in self.topics):
            return 2
        return 3 if any(wanted in letters for letters in self.initials) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The entries in their written order."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def get(self, entry: str) -> Entry | None:
        return self.entries.get(entry)

    def match(self, typed: str, at: datetime) -> list[Entry]:
        """Entries that fit, best first and those on duty before the others; nothing typed fits all.

        A Chinese input method puts `'` and spaces between letters that are not committed yet.
        """
        wanted = typed.replace("'", "").replace(" ", "").lower()
        ranked = [(entry.rank(wanted) if wanted else 0, entry) for entry in self]
        fitting = [
            (rank, not entry.on_duty(at), place) for place, (rank, entry) in enumerate(ranked) if rank is not None
        ]
        return [ranked[place][1] for _, _, place in sorted(fitting)]

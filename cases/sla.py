"""When a case is due: working days by kind from the State Council's calendar, wall-clock hours when urgent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from cases.case import Kind, Urgency

CALENDARS = Path(__file__).resolve().parent / "calendar"
LOCAL = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


class CalendarMissing(LookupError):
    """The holidays of a year are not known; the text says where to put them."""

    def __init__(self, year: int) -> None:
        super().__init__(f"缺少{year}年的工作日历：请按国务院办公厅的节假日通知加入 cases/calendar/{year}.yaml")
        self.year = year


class BadCalendar(ValueError):
    """A calendar file is not what it should be; the text names file and mistake."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days with make-up days; knows the years it was given and no other."""

    years: frozenset[int]
    off: frozenset[date]
    make_up: frozenset[date]

    @classmethod
    def read(cls, folder: Path = CALENDARS) -> WorkCalendar:
        """Every `<year>.yaml` of a folder. Raises BadCalendar."""
        tables = [_table(path) for path in sorted(folder.glob("*.yaml"))]
        return cls(
            years=frozenset(table[0] for table in tables),
            off=frozenset().union(*(table[1] for table in tables)),
            make_up=frozenset().union(*(table[2] for table in tables)),
        )

    def is_working_day(self, day: date) -> bool:
        """Raises CalendarMissing for a year that is not known: a guess would be a wrong promise."""
        if day.year not in self.years:
            raise CalendarMissing(day.year)
        return day in self.make_up or (day.weekday() < SATURDAY and day not in self.off)

    def after(self, day: date, working_days: int) -> date:
        """The `working_days`-th working day after `day`, which itself does not count. Raises CalendarMissing."""
        while working_days > 0:
            day += timedelta(days=1)
            working_days -= self.is_working_day(day)
        return day

    def with_plain_years(self, *years: int) -> WorkCalendar:
        """The same, taking weekends alone as free in `years`: good enough for a provisional date."""
        return WorkCalendar(self.years | set(years), self.off, self.make_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a case may take. Differs by city: configuration with a version, not law.

    Defaults: working days as Guangdong published them in 2022 (praise: ours); urgent hours from the digest of
    DB11/T 2021-2022.
    """

    version: str = "2026-default"
    working_days: Mapping[Kind, int] = field(
        default_factory=lambda: {
            Kind.CONSULTATION: 2,
            Kind.HELP: 10,
            Kind.SUGGESTION: 10,
            Kind.COMPLAINT: 15,
            Kind.REPORT: 15,
            Kind.PRAISE: 5,
        }
    )
    urgent_hours: Mapping[Urgency, int] = field(default_factory=lambda: {Urgency.URGENT: 24, Urgency.CRITICAL: 2})
    day_ends: time = time(18, 0)


@dataclass(frozen=True, slots=True)
class Due:
    """`provisional`: the calendar of a year on the way is not published yet; count again when it is."""

    at: datetime
    provisional: bool


def due(kind: Kind, urgency: Urgency, start: datetime, limits: Limits, calendar: WorkCalendar) -> Due:
    """When a case that is dispatched at `start` (aware) must be answered; UTC.

    The clock starts at dispatch. Shown before dispatch with the present moment as `start`.
    """
    hours = limits.urgent_hours.get(urgency)
    if hours is not None:
        return Due((start + timedelta(hours=hours)).astimezone(UTC), provisional=False)
    days, day = limits.working_days[kind], start.astimezone(LOCAL).date()
    try:
        last, provisional = calendar.after(day, days), False
    except CalendarMissing:
        plain = calendar.with_plain_years(day.year, day.year + 1)
        last, provisional = plain.after(day, days), True
    return Due(datetime.combine(last, limits.day_ends, LOCAL).astimezone(UTC), provisional)


@cache
def seed_calendar() -> WorkCalendar:
    """The calendars that come with the program."""
    return WorkCalendar.read()


def _table(path: Path) -> tuple[int, frozenset[date], frozenset[date]]:
    try:
        read: Any = yaml.safe_load(path.read_text("utf-8"))
        off = frozenset(day for span in read["holidays"] for day in _days(span["first"], span["last"]))
        make_up = frozenset(read["make_up_days"])
        year = int(read["year"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BadCalendar(f"{path}: {error!r}") from None
    for day in off | make_up:
        if not isinstance(day, date) or day.year != year:
            raise BadCalendar(f"{path}: {day} is no day of {year}")
    if off & make_up or any(day.weekday() < SATURDAY for day in make_up):
        raise BadCalendar(f"{path}: a make-up day must be a weekend's day and no holiday")
    return year, off, make_up


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]

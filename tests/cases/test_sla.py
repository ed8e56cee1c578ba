"""Due times: working days with make-up days, wall-clock hours when urgent, and no guess about unknown years."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cases.case import Kind, Urgency
from cases.sla import BadCalendar, CalendarMissing, Limits, WorkCalendar, due, seed_calendar


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-01-04", True),
        ("2026-02-14", True),
        ("2026-02-16", False),
        ("2026-02-24", True),
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-06-19", False),
        ("2026-09-20", True),
        ("2026-09-25", False),
        ("2026-10-07", False),
        ("2026-10-10", True),
        ("2026-11-21", False),
        ("2026-11-23", True),
    ],
)
def test_the_calendar_of_2026_knows_holidays_and_make_up_days(day: str, working: bool) -> None:
    assert seed_calendar().is_working_day(date.fromisoformat(day)) is working


def test_2026_has_248_working_days() -> None:
    calendar, day = seed_calendar(), date(2026, 1, 1)
    working = sum(calendar.is_working_day(date.fromordinal(day.toordinal() + n)) for n in range(365))
    assert working == 248


@pytest.mark.parametrize(
    ("kind", "start", "expected"),
    [
        (Kind.CONSULTATION, "2026-11-20 09:00", "2026-11-24 18:00"),
        (Kind.CONSULTATION, "2026-09-30 17:00", "2026-10-09 18:00"),
        (Kind.COMPLAINT, "2026-09-18 23:59", "2026-10-15 18:00"),
        (Kind.HELP, "2026-02-13 10:00", "2026-03-05 18:00"),
    ],
)
def test_working_days_count_from_the_day_after_dispatch(kind: Kind, start: str, expected: str) -> None:
    promised = due(kind, Urgency.NORMAL, at(start), Limits(), seed_calendar())
    assert promised.at == at(expected)
    assert promised.at.tzinfo is UTC
    assert not promised.provisional


def test_an_urgent_case_does_not_wait_for_monday() -> None:
    promised = due(Kind.HELP, Urgency.CRITICAL, at("2026-11-21 23:00"), Limits(), seed_calendar())
    assert promised.at == at("2026-11-22 01:00")


def test_a_start_at_night_in_utc_belongs_to_the_local_day() -> None:
    promised = due(
        Kind.CONSULTATION, Urgency.NORMAL, datetime(2026, 11, 22, 17, 0, tzinfo=UTC), Limits(), seed_calendar()
    )
    assert promised.at == at("2026-11-25 18:00"), "it is Monday already in China"


def test_an_unpublished_year_is_an_error_that_says_what_to_add_but_never_stops_a_case() -> None:
    with pytest.raises(CalendarMissing, match=r"cases/calendar/2027\.yaml"):
        seed_calendar().is_working_day(date(2027, 1, 4))
    promised = due(Kind.COMPLAINT, Urgency.NORMAL, at("2026-12-25 10:00"), Limits(), seed_calendar())
    assert promised.provisional
    assert promised.at == at("2027-01-15 18:00")


@pytest.mark.parametrize(
    "text",
    [
        "year: 2026\nholidays: []\n",
        "year: 2026\nholidays: [{name: x, first: 2025-12-31, last: 2026-01-01}]\nmake_up_days: []\n",
        "year: 2026\nholidays: []\nmake_up_days: [2026-11-23]\n",
        "- [",
    ],
)
def test_a_calendar_with_a_mistake_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "2026.yaml").write_text(text, "utf-8")
    with pytest.raises(BadCalendar, match=r"2026\.yaml"):
        WorkCalendar.read(tmp_path)

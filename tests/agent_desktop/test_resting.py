"""What an agent is again once the desk is back: rows of cti go in, the command that is due comes out."""

from __future__ import annotations

from typing import Any

import pytest

from agent_desktop import live_rows
from agent_desktop.live_rows import LiveAgent
from agent_desktop.names import AWAY
from agent_desktop.resting import BACK_WITHIN, Back, Rests

READY = Back(kind="ready")
GONE = {"state": "paused", "reason": AWAY, "since": "2026-11-22T08:00:00+00:00"}


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def row(**given: Any) -> LiveAgent:
    return live_rows.agent("1001", {"reason": "", "since": "2026-11-22T07:00:00+00:00", **given})


def after(*rows: dict[str, Any], waited: float = 0.0) -> Back | None:
    clock = Clock()
    rests = Rests(clock)
    for each in rows:
        rests.saw(row(**each))
        clock.at += 1
    clock.at += waited
    return rests.back_to("1001")


def states(*names: str) -> list[dict[str, Any]]:
    return [{"state": name} for name in names]


@pytest.mark.parametrize(
    "path",
    [("ready",), ("ready", "talking"), ("ready", "ringing", "talking", "wrap-up"), ("ready", "ringing")],
    ids=lambda path: " ".join(path),
)
def test_who_was_ready_before_is_ready_again(path: tuple[str, ...]) -> None:
    assert after(*states(*path), GONE) == READY


def test_who_was_paused_before_the_talk_stays_away() -> None:
    dialled = [{"state": "paused", "reason": "用餐"}, *states("ringing", "talking", "wrap-up")]
    assert after(*dialled, GONE) is None


def test_a_pause_asked_for_in_the_talk_is_what_follows_it() -> None:
    talk = [*states("ready", "talking"), {"state": "talking", "pause_asked": "用餐"}]
    assert after(*talk, *[{"state": "wrap-up", "pause_asked": "用餐"}], GONE) == Back(kind="pause", reason="用餐")
    assert after(*talk, {"state": "talking", "pause_asked": None}, GONE) == READY, "it was withdrawn"


@pytest.mark.parametrize("state", ["paused", "offline"])
def test_whatever_a_supervisor_did_meanwhile_counts(state: str) -> None:
    forced = {"state": state, "reason": "班长安排" if state == "paused" else ""}
    assert after(*states("ready", "talking"), GONE, forced) is None
    assert after(*states("ready", "talking"), GONE, forced, GONE) is None
    again = GONE | {"since": "2026-11-22T08:00:05+00:00"}
    assert after(*states("ready"), GONE, again) is None, "sent away once more, by somebody"


def test_other_news_of_one_who_is_away_change_nothing() -> None:
    assert after(*states("ready", "talking"), GONE, GONE | {"line": "down"}, GONE | {"line": "up"}) == READY


def test_one_who_is_back_too_late_says_ready_himself() -> None:
    assert after(*states("ready", "talking"), GONE, waited=BACK_WITHIN - 2) == READY
    assert after(*states("ready", "talking"), GONE, waited=BACK_WITHIN) is None


def test_the_time_begins_with_the_absence_and_not_with_the_talk() -> None:
    clock = Clock()
    rests = Rests(clock)
    for each in states("ready", "talking"):
        rests.saw(row(**each))
    clock.at += 3600
    rests.saw(row(**GONE))
    assert rests.back_to("1001") == READY


def test_nobody_is_made_ready_of_whom_nothing_is_known() -> None:
    assert after(GONE) is None
    assert after(*states("talking"), GONE) is None
    assert after(*states("ready", "talking")) is None, "a talk goes on"


def test_ready_again_and_gone_again_counts_anew() -> None:
    later = GONE | {"since": "2026-11-22T08:00:30+00:00"}
    assert after(*states("ready", "talking"), GONE, *states("ready"), later) == READY

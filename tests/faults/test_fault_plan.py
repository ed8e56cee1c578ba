"""The bench that breaks everything: its order of faults, and that it says what it found broken."""

from __future__ import annotations

from typing import Any

import pytest

from bench.fault_plan import CUT, KILLED, Progress, broken, plan


@pytest.mark.parametrize(("cuts", "kills"), [(100, 30), (0, 3), (7, 0), (1, 2), (200, 1)])
def test_every_fault_is_planned_and_no_process_dies_twice_running(cuts: int, kills: int) -> None:
    planned = plan(cuts, kills)
    assert {what: planned.count(what) for what in (CUT, *KILLED)} == {CUT: cuts, **dict.fromkeys(KILLED, kills)}
    killed = [what for what in planned if what != CUT]
    assert all(killed[n : n + 3] == list(KILLED) for n in range(0, len(killed), 3))


def result(**changes: Any) -> dict[str, Any]:
    kept = {
        "undisturbed": {"wrong": []}, "dropped": 0, "wrong": [], "twice": [], "unreadable": [],
        "seconds_until_right": {"cti": {"times": 2, "p50": 1.0, "greatest": 4.9}},
        "verify": {"calls": 3, "differences": []},
        "asterisk": {
            "accepting_s": {"greatest": 9.9}, "listed_s": {"greatest": 29.0}, "not_listed": [], "unreadable": [],
        },
    }  # fmt: skip
    return kept | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"dropped": 1}, {"wrong": ["139: no record"]}, {"twice": ["Redirect: 1"]}, {"unreadable": ["139"]},
        {"undisturbed": {"wrong": ["139: outcome"]}}, {"verify": "Traceback"},
        {"seconds_until_right": {"web": {"times": 1, "p50": 5.1, "greatest": 5.1}}},
        {"verify": {"calls": 3, "differences": [{"call_id": "HC1"}]}},
        {"asterisk": result()["asterisk"] | {"accepting_s": {"greatest": 10.1}}},
        {"asterisk": result()["asterisk"] | {"listed_s": {"greatest": 31.0}}},
        {"asterisk": result()["asterisk"] | {"not_listed": ["139"]}},
        {"asterisk": result()["asterisk"] | {"unreadable": ["139"]}},
    ],
)  # fmt: skip
def test_each_broken_promise_is_named(changes: dict[str, Any]) -> None:
    assert broken(result()) == []
    assert len(broken(result(**changes))) == 1


def test_a_run_without_crashes_promises_nothing_of_them() -> None:
    without = result()
    del without["asterisk"]
    assert broken(without) == []


def test_the_last_fault_is_told_at_once() -> None:
    said: list[str] = []
    progress = Progress(3, said.append)
    for _ in range(3):
        progress.one_more()
    assert len(said) == 1
    assert said[0].startswith("3 of 3 faults")

"""Today's figures: each caller once, from midnight, and the same again after a restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cti.core.ids import CallId, QueueName
from cti.core.ports import JournalEntry
from cti.queue_figures import KINDS, Mark, QueueFigures, marks, recount_from
from storage.journal import SqliteJournal
from storage.journal_reading import call_entries
from tests.cti.calls import Line
from tests.cti.fakes import START, ListJournal, house
from tests.cti.test_desk_and_calls import at_work

GENERAL = QueueName("general")
SOME = {"offered": 3, "answered": 2, "answered_15s": 1, "answered_15s_queue": 2, "abandoned": 1}
ALL = {"arrived": 4, "queued": 3, "answered": 2, "quick_queue": 2, "quick_arrival": 1, "given_up": 1}
MIDNIGHT = datetime(2026, 11, 20, 16, tzinfo=UTC)
"""In Beijing the 21st begins."""


async def some_calls(home: Any) -> None:
    """Two are answered, one of them slowly; one gives up in the queue, one in the menu."""
    lines = [Line(f"HCdemo-1-179500000{n}.1") for n in range(4)]
    for line in lines:
        await home.hear(line.arrives())
    await home.hear(lines[0].joins(), lines[0].rings(), lines[0].answered())
    home.clock.pass_(20)
    await home.hear(lines[1].joins(), lines[1].rings("1002", "a2"), lines[1].answered("1002", "a2"))
    await home.hear(lines[2].joins(), lines[2].caller("QueueCallerAbandon", Queue="hl-general"), lines[2].gone())
    await home.hear(lines[3].gone())


def shown(home: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    state = home.engine.board.state()
    row = state["queues"].get("general") or home.engine.board.figures.row(GENERAL)
    return {name: row[name] for name in SOME}, state["figures"]["today"]


async def test_each_caller_is_counted_once_by_what_became_of_him() -> None:
    async with house() as home:
        await at_work(home)
        await some_calls(home)
        assert shown(home) == (SOME, ALL)


async def test_a_restarted_cti_shows_the_figures_that_it_had(tmp_path: Path) -> None:
    journal = ListJournal()
    async with house(journal=journal) as home:
        await at_work(home)
        await some_calls(home)
    stored = SqliteJournal(tmp_path / "journal.db", centre_id="demo", node_id="demo-1")
    for entry in journal.entries:
        await stored.append(entry)
    await stored.close()
    async with house() as again:
        assert shown(again)[1]["arrived"] == 0
        now = again.clock.now()
        past = call_entries(tmp_path / "journal.db", recount_from(now), KINDS)
        again.engine.board.recounted(marks(past), now)
        assert shown(again) == (SOME, ALL)
        told = again.desks.last("figures", "today") or again.engine.board.state()["figures"]["today"]
        assert told == ALL


async def test_what_is_heard_while_the_journal_is_read_counts_once() -> None:
    journal = ListJournal()
    async with house(journal=journal) as home:
        await at_work(home)
        await some_calls(home)
        row = shown(home)
        home.engine.board.recounted(marks(journal.entries), home.clock.now())
        assert shown(home) == row


async def test_a_change_of_the_figures_is_told_to_the_desks() -> None:
    async with house() as home:
        await home.hear(Line().arrives())
        await home.until(lambda: home.desks.last("figures", "today") is not None)
        assert home.desks.last("figures", "today") == dict.fromkeys(ALL, 0) | {"arrived": 1}


def mark(kind: str, at: datetime, call: str = "1", queue: str = "general") -> Mark:
    named = QueueName(queue) if kind in {"CallerJoinedQueue", "AgentAnswered", "CallerAbandoned"} else None
    return Mark(kind=kind, at=at, call_id=CallId(call), queue=named)


def counted(past: Sequence[Mark], now: datetime = START) -> tuple[Mapping[str, Any], dict[str, int]]:
    figures = QueueFigures(now)
    figures.recounted(past, now)
    return figures.row(GENERAL), figures.today()


def test_yesterdays_callers_are_not_todays_but_who_is_answered_today_waited_since_yesterday() -> None:
    late, second = MIDNIGHT - timedelta(seconds=5), timedelta(seconds=1)
    row, today = counted(
        [
            mark("CallArrived", late - second, "old"), mark("CallerHungUp", late, "old"),
            mark("CallArrived", late), mark("CallerJoinedQueue", late + second),
            mark("AgentAnswered", late + 7 * second),
        ]
    )  # fmt: skip
    assert (row["offered"], row["answered"], row["answered_15s"]) == (0, 1, 1)
    assert row["figures_since"] == "2026-11-20T16:00:00Z"
    assert (today["arrived"], today["answered"]) == (0, 1)


def test_what_is_told_late_of_yesterday_changes_nothing_of_today() -> None:
    row, today = counted(
        [mark("CallArrived", START), mark("CallArrived", MIDNIGHT - timedelta(hours=1), "late")]
    )  # fmt: skip
    assert (today["arrived"], row["offered"]) == (1, 0)


def test_a_day_without_any_call_yet_begins_empty() -> None:
    assert counted([mark("CallArrived", MIDNIGHT - timedelta(hours=1))])[1]["arrived"] == 0


def test_a_caller_who_comes_back_to_the_queue_is_one_caller_and_his_first_answer_counts() -> None:
    times = [START + timedelta(seconds=seconds) for seconds in range(0, 100, 10)]
    kinds = ["CallArrived", "CallerJoinedQueue", "AgentAnswered", "CallerJoinedQueue", "AgentAnswered", "CallerHungUp"]
    row, today = counted([mark(kind, at) for kind, at in zip(kinds, times, strict=False)])
    assert (row["offered"], row["answered"], row["answered_15s"], row["answered_15s_queue"]) == (1, 1, 0, 1)
    assert (today["queued"], today["answered"], today["given_up"]) == (1, 1, 0)


def test_rows_that_tell_of_nothing_counted_or_are_odd_are_passed_over() -> None:
    odd = [
        JournalEntry(kind="AgentRang", at=START, call_id="1", agent_id=None, body={}),
        JournalEntry(kind="CallArrived", at=START, call_id=None, agent_id=None, body={}),
        JournalEntry(kind="CallerJoinedQueue", at=START, call_id="1", agent_id=None, body={"queue": 7}),
    ]
    row, today = counted(list(marks(odd)))
    assert (row["offered"], today["queued"]) == (0, 1)

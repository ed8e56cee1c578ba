"""What events make of a call's row: each outcome as a story."""

from __future__ import annotations

from dataclasses import fields as columns_of
from datetime import date, timedelta
from typing import Any

import pytest

from cti.core.events import CALL_EVENTS
from storage.months import UNKNOWN_MONTH, month_of_call
from storage.project import (
    CALL_CHANGES,
    RECORDING_CHANGES,
    CallRow,
    EventRow,
    RecordingRow,
    call_after,
    new_call,
    new_recording,
    recording_after,
)
from storage.tables import calls, recordings
from tests.storage.stories import NOON, call_id


def event(kind: str, after: float = 0, /, **body: Any) -> EventRow:
    at = NOON + timedelta(seconds=after)
    return EventRow(centre_id="demo", node_id="demo-1", at=at, kind=kind, call_id=call_id(), body=body)


def call_of(*story: EventRow) -> CallRow:
    call = new_call(story[0])
    for one in story:
        call = call_after(call, one)
    return call


def test_rows_have_exactly_the_columns_of_their_tables_in_their_order() -> None:
    assert [column.name for column in columns_of(CallRow)] == calls.columns.keys()
    assert [column.name for column in columns_of(RecordingRow)] == recordings.columns.keys()


def test_every_projected_kind_is_an_event_of_the_core() -> None:
    assert {*CALL_CHANGES, *RECORDING_CHANGES} <= {kind.__name__ for kind in CALL_EVENTS}


def test_a_caller_who_hangs_up_in_the_menu_has_abandoned_there() -> None:
    call = call_of(event("CallArrived"), event("MenuKeyPressed", 2, key="#"), event("CallerHungUp", 4, cause=16))
    assert (call.outcome, call.wait_s, call.hang_up_cause) == ("abandoned_in_menu", None, "16")


def test_a_caller_who_gives_up_in_the_queue_has_waited_since_joining() -> None:
    call = call_of(
        event("CallArrived"),
        event("CallerJoinedQueue", 5, queue="general"),
        event("CallerHungUp", 65, cause=16),
    )
    assert (call.outcome, call.wait_s, call.queue) == ("abandoned_in_queue", 60.0, "general")


def test_a_call_that_asterisk_lost_is_cut_and_a_late_hang_up_changes_nothing() -> None:
    call = call_of(
        event("CallerJoinedQueue", 1, queue="general"),
        event("AgentAnswered", 4, agent="1001", waited_s=3.0),
        event("CallCut", 10, reason="restart"),
        event("CallerHungUp", 11, cause=16),
    )
    assert (call.outcome, call.talk_s, call.hang_up_cause) == ("cut", 6.0, "restart")


def test_a_caller_whose_agent_was_lost_and_who_is_answered_again_keeps_the_first_wait() -> None:
    call = call_of(
        event("CallerJoinedQueue", 0, queue="general"),
        event("AgentAnswered", 5, agent="1001", waited_s=5.0),
        event("AgentLost", 15, agent="1001"),
        event("CallerJoinedQueue", 16, queue="general"),
        event("AgentAnswered", 20, agent="1002", waited_s=4.0),
        event("CallerHungUp", 50, cause=16),
    )
    assert (call.wait_s, call.talk_s, call.agent_id, call.outcome) == (5.0, 40.0, "1002", "answered")


def test_a_caller_who_hangs_up_on_hold_was_held_until_then() -> None:
    call = call_of(
        event("AgentAnswered", 0, agent="1001", waited_s=1.0),
        event("CallerHeld", 10),
        event("CallerHungUp", 25, cause=16),
    )
    assert (call.talk_s, call.hold_s, call.held_since) == (10.0, 15.0, None)


def test_the_native_menu_is_remembered() -> None:
    assert call_of(event("FallbackTaken", reason="beat")).fallback


def test_an_event_of_no_interest_changes_nothing() -> None:
    before = new_call(event("AgentRang", agent="1001"))
    assert call_after(before, event("AgentRang", agent="1001")) is before


def test_a_recording_closed_before_it_was_seen_to_start_stays_closed() -> None:
    closed = event(
        "RecordingClosed",
        9,
        leg="l",
        role="caller",
        uri="recordings/closed/x.wav",
        sha256="ab",
        bytes=4,
        seconds=1.0,
    )
    row = recording_after(new_recording(closed), closed)
    row = recording_after(row, event("RecordingStarted", 1, leg="l", role="caller", path="x.sln"))
    assert (row.state, row.uri, row.seconds) == ("closed", "recordings/closed/x.wav", 1.0)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("HCdemo-1-1795233600.12", date(2026, 11, 1)),
        ("HCwuxi-2-1798761599.1", date(2026, 12, 1)),
        ("strange", UNKNOWN_MONTH),
    ],
)
def test_a_call_id_tells_its_month(text: str, month: date) -> None:
    assert month_of_call(text) == month

"""`hotline calls verify`: which calls of the two tellings are held against each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cti.core.agreement import differences
from cti.core.events import CallArrived, CallCut, CallerHungUp, CallEvent
from cti.core.ids import CallId, Channel, LegId
from cti.core.leg_events import LegAnswered, LegJoinedBridge, LegLeftBridge
from hotline.verify import SETTLED, compared

BEGUN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOW = BEGUN + timedelta(hours=1)
CALL, OTHER = CallId("HCn-1.1"), CallId("HCn-1.7")


def call(call_id: CallId = CALL, lasts: float = 20.0, begun: datetime = BEGUN) -> list[CallEvent]:
    leg = LegId(call_id.removeprefix("HC"))
    arrived = CallArrived(
        call_id=call_id, at=begun, caller_channel=Channel("PJSIP/test-citizen-00000001"), caller_leg=leg,
        number="", name="", dialled="", diverted_from="", trunk="",
    )  # fmt: skip
    return [arrived, CallerHungUp(call_id=call_id, at=begun + timedelta(seconds=lasts), cause=16)]


def test_two_tellings_of_one_call_agree_and_a_longer_one_differs() -> None:
    assert compared({CALL: call()}, {CALL: tuple(call())}, BEGUN, NOW) == (1, [])
    checked, (found,) = compared({CALL: call()}, {CALL: tuple(call(lasts=25))}, BEGUN, NOW)
    assert (checked, found.what, found.journal_s, found.cel_s) == (1, "leg", 20.0, 25.0)


def test_a_call_that_one_source_alone_tells_is_a_difference_as_a_whole() -> None:
    checked, (found,) = compared({}, {CALL: tuple(call())}, BEGUN, NOW)
    assert (checked, found.what, found.journal_s, found.cel_s) == (1, "call", None, 20.0)


def test_what_asterisk_names_and_tells_nothing_of_is_no_call() -> None:
    """A route of an emergency that nobody answered has a leg of its own, and no event."""
    assert compared({CALL: call()}, {CALL: tuple(call()), OTHER: ()}, BEGUN, NOW) == (1, [])


def test_calls_of_before_and_of_just_now_and_that_still_live_are_no_matter() -> None:
    before = call(begun=BEGUN - timedelta(seconds=1))
    just_now = call(OTHER, begun=NOW - SETTLED)
    assert compared({CALL: before, OTHER: just_now}, {}, BEGUN, NOW) == (0, [])
    assert compared({CALL: call()[:1]}, {}, BEGUN, NOW) == (0, [])


def test_a_talk_that_asterisk_took_with_it_has_no_end_in_its_own_log_and_agrees_all_the_same() -> None:
    ended, agent = BEGUN + timedelta(seconds=20), LegId("n-1.2")
    arrived = call()[0]
    both = [joined(LegId("n-1.1"), "caller"), joined(agent, "agent")]
    cut = CallCut(call_id=CALL, at=ended, reason="missing at resync")
    assert differences(CALL, [arrived, *both, cut], [arrived, *both]) == []
    late = [arrived, *both, replace(cut, at=ended + timedelta(seconds=30))]
    assert differences(CALL, late, [arrived, *both, LegLeftBridge(
        call_id=CALL, at=ended, leg=agent, role="agent", bridge="b1")]) != []  # fmt: skip


def joined(leg: LegId, role: str) -> LegJoinedBridge:
    at = BEGUN + timedelta(seconds=5)
    return LegJoinedBridge(call_id=CALL, at=at, leg=leg, role=role, channel=Channel(f"PJSIP/{leg}"), bridge="b1")


def test_a_supervisor_who_listens_is_told_by_one_source_alone_and_that_is_no_difference() -> None:
    ear = LegAnswered(call_id=CALL, at=BEGUN, leg=LegId("n-1.5"), role="supervisor", party="9001")
    assert differences(CALL, [*call(), ear], call()) == []
    specialist = replace(ear, role="specialist")
    assert [each.what for each in differences(CALL, [*call(), specialist], call())] == ["leg"]

"""`hotline calls verify`: which calls of the two tellings are held against each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cti.core.agreement import differences
from cti.core.events import AgentAnswered, CallArrived, CallCut, CallerHungUp, CallEvent
from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName
from cti.core.leg_events import (
    LegAnswered,
    LegJoinedBridge,
    LegLeft,
    LegLeftBridge,
    LegRang,
    SupervisionEnded,
    SupervisionStarted,
)
from hotline.verify import SETTLED, _words, compared

BEGUN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOW = BEGUN + timedelta(hours=1)
CALL, OTHER = CallId("HCn-1.1"), CallId("HCn-1.7")
CALLER_CHANNEL = Channel("PJSIP/test-citizen-00000001")


def call(call_id: CallId = CALL, lasts: float = 20.0, begun: datetime = BEGUN) -> list[CallEvent]:
    leg = LegId(call_id.removeprefix("HC"))
    arrived = CallArrived(
        call_id=call_id, at=begun, caller_channel=CALLER_CHANNEL, caller_leg=leg,
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


SPY, DESK = LegId("n-1.5"), LegId("n-1.2")


def at(seconds: float) -> datetime:
    return BEGUN + timedelta(seconds=seconds)


def supervised(*, until: float = 15.0, mode: str = "listen") -> list[CallEvent]:
    """1001 talks to the caller from 5 to 18; 9001 is there from 8 on, and listens until then."""
    channel = Channel("PJSIP/1001-00000002")
    answered = AgentAnswered(
        call_id=CALL, at=at(5), agent=AgentId("1001"), leg=DESK, channel=channel, queue=QueueName(""), waited_s=0.0
    )
    spy = Channel("PJSIP/9001-00000005")
    who, leg = AgentId("9001"), SPY
    return [
        call()[0],
        answered,
        joined(LegId("n-1.1"), "caller"),
        joined(DESK, "agent"),
        LegRang(call_id=CALL, at=at(7), leg=leg, channel=spy, role="supervisor", party=who),
        LegAnswered(call_id=CALL, at=at(8), leg=leg, role="supervisor", party=who),
        SupervisionStarted(call_id=CALL, at=at(8), supervisor=who, agent=AgentId("1001"), leg=leg, mode=mode),
        SupervisionEnded(call_id=CALL, at=at(until), supervisor=who, leg=leg),
        LegLeft(call_id=CALL, at=at(until), leg=leg, role="supervisor", cause=16),
        LegLeft(call_id=CALL, at=at(18), leg=DESK, role="agent", cause=16),
        call(lasts=18.0)[1],
    ]


def test_a_supervisor_s_leg_and_what_it_heard_are_held_against_each_other() -> None:
    assert differences(CALL, supervised(), supervised()) == []
    longer = differences(CALL, supervised(), supervised(until=17.5))
    assert [(each.what, each.who, each.journal_s, each.cel_s) for each in longer] == [
        ("leg", "supervisor PJSIP/9001-00000005", 7.0, 9.5),
        ("listening", f"supervisor PJSIP/9001-00000005 hears caller {CALLER_CHANNEL}", 7.0, 9.5),
        ("listening", "supervisor PJSIP/9001-00000005 hears agent PJSIP/1001-00000002", 7.0, 9.5),
    ]


def test_a_supervisor_of_whom_one_source_alone_tells_is_a_difference() -> None:
    deaf = [event for event in supervised() if getattr(event, "leg", None) != SPY]
    assert {(each.what, each.cel_s) for each in differences(CALL, supervised(), deaf)} == {
        ("leg", None),
        ("listening", None),
    }


def test_whispering_is_heard_by_the_agent_alone_and_barging_in_by_both() -> None:
    """What one source takes for listening, and the other for more, differs by the ears that heard it."""
    heard_by = {
        mode: [each.who.split()[0] for each in differences(CALL, supervised(mode=mode), supervised())]
        for mode in ("whisper", "barge")
    }
    assert heard_by == {"whisper": ["agent"], "barge": ["caller", "agent"]}


def test_a_difference_in_listening_is_printed_with_the_ear_first() -> None:
    found = differences(CALL, supervised(mode="whisper"), supervised())
    assert [_words(each) for each in found] == [
        f"{CALL}  listening agent PJSIP/1001-00000002 hears supervisor PJSIP/9001-00000005  journal 7.000 s  CEL -"
    ]

"""Third parties whom nobody heard: the dialplan's own words in CEL say who each of them was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.asterisk import cel
from cti.asterisk.cel_words import ABOUT, word_of
from cti.core.agreement import differences
from cti.core.call import Call, CallState
from cti.core.events import AgentAnswered, AgentLeft, CallEvent
from cti.core.ids import AgentId, CallId
from cti.core.leg_events import (
    LegAnswered,
    LegJoinedBridge,
    LegLeft,
    LegNotReached,
    LegRang,
    SpecialistAccepted,
    SpecialistAsked,
    SpecialistNotReached,
    SupervisionStarted,
    ThreeWayMerged,
    TransferAsked,
    TransferDone,
    TransferFailed,
)
from cti.core.second_source import missed
from cti.core.story import tell
from tests.cti.test_cel_emergency import AGENT, CALL, CALLER, NAMES, OPERATOR, PRESS, TALK, hangs_up, line

BEGUN = datetime.fromtimestamp(1795318092, UTC)
OTHER = "demo-1-1795318100.5"
"""The third party's leg; by its channel nobody can tell who it is."""
NAMES[OTHER] = "PJSIP/test-citizen-00000005"
COLLEAGUE = "demo-1-1795318101.6"
NAMES[COLLEAGUE] = "PJSIP/1002-00000006"
SUPERVISOR = "demo-1-1795318102.7"
NAMES[SUPERVISOR] = "PJSIP/9001-00000007"


def word(at: float, said: str, leg: str = OTHER) -> str:
    return line("USER_DEFINED", at, leg, "CELGenUserEvent", extra=said)


def of_call(lines: Sequence[str]) -> list[str]:
    """Legs that we made carry the call's id, from `hl-leg-invite` on."""
    made = (OTHER, COLLEAGUE, SUPERVISOR)
    return [each.replace(f'"{CALLER}",""', f'"{CALLER}","{CALL}"') if _is_of(each, made) else each for each in lines]


def _is_of(row: str, legs: Sequence[str]) -> bool:
    return any(f',"{leg}",' in row for leg in legs)


def events(*parts: Sequence[str]) -> tuple[CallEvent, ...]:
    rows = list(cel.rows_of(of_call([each for part in parts for each in part])))
    return cel.events_of(CALL, cel.by_call(rows)[CALL])


def call_of(told: Sequence[CallEvent]) -> Call:
    call = tell(told).call
    assert call is not None
    return call


def joins(at: float, leg: str, bridge: str = "room") -> str:
    return line("BRIDGE_ENTER", at, leg, "ConfBridge", bridge_id=bridge)


def third(role: str, *, accepts: bool = False) -> list[str]:
    accepted = [word(6.5, f"leg/accepted/{CALL}/{role}/")] if accepts else []
    return [
        word(4, f"leg/ringing/{CALL}/{role}/"),
        line("ANSWER", 6, OTHER, "AppDial"),
        *accepted,
        joins(7, OTHER),
        hangs_up(19, OTHER, itself=True),
    ]


@pytest.mark.parametrize("role", ["specialist", "centre"])
def test_who_a_third_party_was_is_told_by_the_word_that_was_said_before_it_rang(role: str) -> None:
    told = events(TALK, third(role))
    mine = [event for event in told if getattr(event, "leg", "") == OTHER]
    assert {getattr(event, "role", role) for event in mine} == {role}
    kinds = [type(event) for event in mine]
    assert kinds[:3] == [LegRang, LegAnswered, LegJoinedBridge]
    assert LegLeft in kinds


def test_a_leg_of_which_no_word_was_said_is_still_left_to_the_snapshot() -> None:
    """An older dialplan said none."""
    before = events(TALK)
    rows = [each for each in third("specialist") if "CELGenUserEvent" not in each]
    assert missed(before, events(TALK, rows)) == []
    assert missed(before, events(TALK, third("specialist"))) != []


def asked(at: float = 3.5, entry: str = "shebao") -> SpecialistAsked:
    when = BEGUN + timedelta(seconds=at)
    return SpecialistAsked(call_id=CALL, at=when, entry=entry, department="市人社局", agent=AgentId("1001"), numbers=2)


def test_a_three_way_that_went_on_without_cti_has_its_whole_record() -> None:
    """cti asked and died: who accepted when, and when all three talked, stands in CEL; whom, in the journal."""
    known = [*events(TALK), asked()]
    whole = events(TALK, third("specialist", accepts=True), [joins(8, CALLER)])
    story = tell([*known, *missed(known, whole)])
    assert story.call is not None
    assert story.call.threeway is not None
    assert (story.call.threeway.leg, story.call.threeway.state) == (OTHER, "ended")
    merged = [event for event in story.events if isinstance(event, ThreeWayMerged)]
    assert [(event.at - BEGUN, event.agent) for event in merged] == [(timedelta(seconds=8), "1001")]
    accepted = next(event for event in story.events if isinstance(event, SpecialistAccepted))
    assert (accepted.entry, accepted.leg) == ("shebao", OTHER)
    rang = next(event for event in story.events if isinstance(event, LegRang))
    assert (rang.role, rang.party) == ("specialist", "shebao")


def test_nobody_merges_what_no_desk_had_asked_for() -> None:
    whole = events(TALK, third("specialist", accepts=True), [joins(8, CALLER)])
    assert not [event for event in missed(events(TALK), whole) if isinstance(event, ThreeWayMerged)]


def test_why_a_specialist_was_not_reached_is_told_with_the_entry_that_was_asked_for() -> None:
    lines = [
        word(4, f"leg/ringing/{CALL}/specialist/"),
        word(9, f"leg/failed/{CALL}/specialist/busy"),
        word(9.1, f"leg/unreached/{CALL}/specialist/unanswered"),
    ]
    known = [*events(TALK), asked()]
    found = missed(known, events(TALK, lines))
    failed = next(event for event in found if isinstance(event, LegNotReached))
    assert (failed.leg, failed.party, failed.reason) == (OTHER, "shebao", "busy")
    over = next(event for event in found if isinstance(event, SpecialistNotReached))
    assert (over.entry, over.reason) == ("shebao", "unanswered")
    call = call_of([*known, *found])
    assert call.threeway is not None
    assert (call.threeway.state, call.threeway.reason) == ("ended", "unanswered")


def sent(kind: str, target: str) -> TransferAsked:
    at = BEGUN + timedelta(seconds=3)
    return TransferAsked(call_id=CALL, at=at, kind=kind, target=target, agent=AgentId("1001"), warm=False)


@pytest.mark.parametrize(("kind", "role"), [("department", "specialist"), ("centre", "centre")])
def test_a_kept_line_and_another_centre_are_told_apart_by_the_transfer_that_led_there(kind: str, role: str) -> None:
    done = word(6.1, f"transfer/done/{CALL}/{kind}/")
    known = [*events(TALK), sent(kind, "shuiwu")]
    found = missed(known, events(TALK, [*third(role), done]))
    (told,) = [event for event in found if isinstance(event, TransferDone)]
    assert (told.kind, told.target) == (kind, "shuiwu")
    (rang,) = [event for event in found if isinstance(event, LegRang)]
    assert (rang.role, rang.party) == (role, "shuiwu")
    call = call_of([*known, *found])
    assert call.transfer is not None
    assert call.transfer.state == "done"


def test_a_transfer_that_failed_unheard_says_why() -> None:
    known = [*events(TALK), sent("department", "shuiwu")]
    lines = [word(9, f"transfer/failed/{CALL}/department/dead", CALLER)]
    (failed,) = [each for each in missed(known, events(TALK, lines)) if isinstance(each, TransferFailed)]
    assert (failed.target, failed.reason) == ("shuiwu", "dead")


def test_what_both_have_told_is_told_once() -> None:
    whole = [*events(TALK, third("specialist", accepts=True), [joins(8, CALLER)]), asked()]
    assert missed(whole, events(TALK, third("specialist", accepts=True), [joins(8, CALLER)])) == []
    sure = [word(6.1, f"transfer/done/{CALL}/department/")]
    told = [*events(TALK, third("specialist"), sure), sent("department", "shuiwu")]
    assert missed(told, events(TALK, third("specialist"), sure)) == []


def test_a_colleague_who_was_consulted_becomes_the_agent_when_the_dialplan_says_so() -> None:
    lines = [
        word(4, f"leg/ringing/{CALL}/specialist/", COLLEAGUE),
        line("ANSWER", 6, COLLEAGUE, "AppDial"),
        word(6.5, f"leg/accepted/{CALL}/specialist/", COLLEAGUE),
        word(10, f"leg/became/{CALL}/agent/", COLLEAGUE),
        hangs_up(10.5, AGENT, itself=False),
        hangs_up(20, COLLEAGUE, itself=True),
        hangs_up(20.1, CALLER, itself=False),
    ]
    told = events(TALK, lines)
    answers = [(event.agent, event.at - BEGUN) for event in told if isinstance(event, AgentAnswered)]
    assert answers == [("1001", timedelta(seconds=2)), ("1002", timedelta(seconds=10))]
    assert [event.agent for event in told if isinstance(event, AgentLeft)] == ["1001", "1002"]
    assert call_of(told).state is CallState.ENDED


def test_a_supervisor_is_told_with_his_modes_and_becomes_the_agent_when_he_takes_over() -> None:
    lines = [
        word(4, f"leg/ringing/{CALL}/supervisor/", SUPERVISOR),
        line("ANSWER", 5, SUPERVISOR, "AppDial"),
        word(5.1, f"supervision/started/{CALL}/listen/1001", SUPERVISOR),
        word(8, f"supervision/started/{CALL}/whisper/1001", SUPERVISOR),
        word(12, f"supervision/started/{CALL}/take_over/1001", SUPERVISOR),
        hangs_up(12.1, AGENT, itself=False),
        joins(12.2, SUPERVISOR),
        word(20, f"supervision/ended/{CALL}/take_over/1001", SUPERVISOR),
        hangs_up(20, SUPERVISOR, itself=True),
        hangs_up(20.1, CALLER, itself=False),
    ]
    told = events(TALK, lines)
    modes = [(event.mode, event.supervisor, event.agent) for event in told if isinstance(event, SupervisionStarted)]
    assert modes == [(mode, "9001", "1001") for mode in ("listen", "whisper", "take_over")]
    rang = next(event for event in told if isinstance(event, LegRang))
    assert (rang.role, rang.party) == ("supervisor", "9001")
    assert [event.agent for event in told if isinstance(event, AgentAnswered)] == ["1001", "9001"]
    assert [event.agent for event in told if isinstance(event, AgentLeft)] == ["1001", "9001"]
    whispered = next(event for event in told if isinstance(event, SupervisionStarted) and event.mode == "whisper")
    unheard = [event for event in told if event is not whispered]
    assert missed(unheard, told) == [whispered]
    assert [each.what for each in differences(CALL, unheard, told)] == ["listening"]


def test_a_supervision_of_which_only_the_end_was_heard_in_time_does_not_begin_again() -> None:
    """CEL is read a moment later than the next message comes in."""
    lines = [
        word(4, f"leg/ringing/{CALL}/supervisor/", SUPERVISOR),
        line("ANSWER", 5, SUPERVISOR, "AppDial"),
        word(5.1, f"supervision/started/{CALL}/listen/1001", SUPERVISOR),
        word(9, f"supervision/ended/{CALL}/listen/1001", SUPERVISOR),
    ]
    started = next(event for event in events(TALK, lines) if isinstance(event, SupervisionStarted))
    before_its_end, whole = tell(events(TALK, lines[:3])), tell(events(TALK, lines))
    assert before_its_end.still_holds(started)
    assert not whole.still_holds(started)


def test_an_operator_of_whom_the_word_was_said_first_is_told_once_and_named() -> None:
    ringing = word(5.9, f"leg/ringing/{CALL}/emergency/", OPERATOR)
    told = events(TALK, [*PRESS[:4], ringing, *PRESS[4:]])
    (rang,) = [event for event in told if isinstance(event, LegRang)]
    assert (rang.leg, rang.party, rang.label) == (OPERATOR, "110", "公安110备用线路")
    assert len([event for event in told if isinstance(event, LegAnswered)]) == 1
    operator = call_of(told).operator
    assert operator is not None
    assert operator.leg == OPERATOR


# ---- words that are none


def test_every_word_that_the_dialplan_can_say_is_understood() -> None:
    for said, (abouts, reasons) in ABOUT.items():
        for about, why in product(abouts, reasons or {"1001", ""}):
            told = word_of("/".join((*said, CALL, about, why)))
            assert told is not None
            assert (told.said, told.call_id, told.about, told.why) == (said, CALL, about, why)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"leg/ringing/{CALL}/caller/",
        f"leg/ringing/{CALL}/mayor/",
        f"leg/ringing/{CALL}/specialist/13800000001",
        f"leg/failed/{CALL}/specialist/he said no",
        f"leg/ringing/{CALL}",
        f"leg/sings/{CALL}/specialist/",
        "leg/ringing/demo-1-1.1/specialist/",
        "leg/ringing/HC1\r\nEvent: x/specialist/",
        f"transfer/done/{CALL}/moon/",
        f"supervision/started/{CALL}/listen/1001/more",
        f"supervision/started/{CALL}/shout/1001",
        f"supervision/started/{CALL}/listen/张三",
    ],
)
def test_an_unknown_word_is_passed_over_and_spoils_nothing(text: str) -> None:
    assert word_of(text) is None
    row = line("USER_DEFINED", 4, OTHER, "CELGenUserEvent", extra=text)
    assert events(TALK, [row]) == events(TALK)


@given(st.text(max_size=60), st.sampled_from(sorted(ABOUT)), st.text(max_size=12), st.text(max_size=12))
def test_whatever_stands_there_a_word_holds_nothing_but_our_own(
    call: str, said: tuple[str, str], about: str, why: str
) -> None:
    told = word_of("/".join((*said, call, about, why)))
    if told is not None:
        abouts, reasons = ABOUT[told.said]
        assert told.about in abouts
        assert reasons is None or told.why in reasons
        assert told.call_id.isascii()


def test_the_words_of_a_call_are_its_own() -> None:
    """A word of a call that the rows do not hold makes no leg in another."""
    other = CallId("HCdemo-1-1795318000.1")
    rows = list(cel.rows_of([*TALK, word(4, f"leg/ringing/{other}/specialist/", AGENT)]))
    found = cel.by_call(rows)
    assert cel.events_of(CALL, found[CALL]) == events(TALK)

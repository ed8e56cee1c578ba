"""What the events of a call tell of its parties: rows of legs, segments, three-way, emergency, transfer, pauses."""

from __future__ import annotations

import json
from dataclasses import fields as columns_of

import pytest

from cti.core import leg_events as words
from cti.core.events import (
    AgentAnswered,
    AgentLeft,
    AgentLost,
    AgentRang,
    CallCut,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerRetrieved,
)
from cti.core.leg_events import LEG_EVENTS
from cti.core.ports import JournalEntry
from storage import party_rows, tables
from storage.call_end import missed
from storage.fields import Fields
from storage.parties import Parties
from storage.party_story import PARTY_CHANGES, in_order, parties_of, talk_seconds
from storage.project import call_of
from tests.storage.party_stories import AGENT, CALLER, KEYS, OPERATOR, SPECIALIST, arrives, row, said, shuffled

NOT_IN_ROWS = {"LegHungUp", "SupervisionStarted", "SupervisionEnded"}
"""What the journal alone keeps."""


ABOUT = {"agent": "1001", "kind": "complaint", "class_code": "010101", "summary": "张三家停水"}


def told(entries: list[JournalEntry]) -> Parties:
    return parties_of(in_order(map(row, entries)))


def joins(leg: str, role: str, bridge: str, after: float) -> JournalEntry:
    return said(words.LegJoinedBridge, after, leg=leg, role=role, channel=f"PJSIP/{role}-1", bridge=bridge)


def leaves(leg: str, role: str, bridge: str, after: float) -> JournalEntry:
    return said(words.LegLeftBridge, after, leg=leg, role=role, bridge=bridge)


def talk() -> list[JournalEntry]:
    """1001 answers after 12 s; the two share the queue's bridge from 12 to 40."""
    agent = {"agent": "1001", "leg": AGENT, "channel": "PJSIP/1001-1", "queue": "general"}
    return [
        arrives(),
        said(CallerJoinedQueue, 5, queue="general", position=1),
        said(AgentRang, 8, **agent),
        said(AgentAnswered, 12, waited_s=7.0, **agent),
        joins(AGENT, "agent", "q", 12),
        joins(CALLER, "caller", "q", 12.1),
        leaves(AGENT, "agent", "q", 40),
        leaves(CALLER, "caller", "q", 40),
    ]


def three_way(keys: Fields = KEYS) -> list[JournalEntry]:
    """Asked at 41, the caller on hold; consult from 52, merged at 70, the specialist leaves at 100, all end at 120."""
    specialist = {"leg": SPECIALIST, "role": "specialist", "party": "social-security"}
    return [
        *talk(),
        said(words.SpecialistAsked, 41, entry="social-security", department="人社局", numbers=2, keys=keys, **ABOUT),
        said(CallerHeld, 41.5, by="redirect"),
        joins(AGENT, "agent", "room", 41.5),
        said(words.LegRang, 42, channel="PJSIP/out-1", label="人社局", **specialist),
        said(words.LegAnswered, 48, **specialist),
        said(words.SpecialistAccepted, 51, entry="social-security", leg=SPECIALIST),
        joins(SPECIALIST, "specialist", "room", 52),
        said(CallerRetrieved, 70),
        joins(CALLER, "caller", "room", 70),
        said(words.ThreeWayMerged, 70.1, agent="1001"),
        said(words.LegMuted, 80, leg=SPECIALIST),
        said(words.LegUnmuted, 85, leg=SPECIALIST),
        leaves(SPECIALIST, "specialist", "room", 100),
        said(words.LegLeft, 100.1, leg=SPECIALIST, role="specialist", cause=16),
        leaves(CALLER, "caller", "room", 120),
        said(CallerHungUp, 120, cause=16),
        leaves(AGENT, "agent", "room", 120.05),
        said(AgentLeft, 120.1, agent="1001", leg=AGENT, cause=16),
        said(words.SpecialistSolved, 130, entry="social-security", agent="1001", solved=True),
    ]


def emergency() -> list[JournalEntry]:
    """The first route is busy, the second reaches the operator; the caller leaves, the two go on until 90."""
    operator = {"leg": OPERATOR, "role": "emergency", "party": "110"}
    return [
        *talk(),
        said(words.EmergencyPressed, 38, service="110", trigger="dtmf", agent="1001"),
        said(words.EmergencyRouteTried, 38.1, service="110", route="first"),
        said(words.EmergencyRouteFailed, 39, service="110", route="first", reason="busy"),
        said(words.EmergencyRouteTried, 39.1, service="110", route="second"),
        said(words.LegRang, 39.2, channel="PJSIP/out-2", label="110", **operator),
        joins(AGENT, "agent", "room", 40),
        joins(CALLER, "caller", "room", 40.1),
        said(words.LegAnswered, 45, **operator),
        said(words.EmergencyReached, 45, service="110", route="second", leg=OPERATOR),
        joins(OPERATOR, "emergency", "room", 45.1),
        leaves(CALLER, "caller", "room", 60),
        said(CallerHungUp, 60, cause=16),
        leaves(AGENT, "agent", "room", 90),
        said(AgentLeft, 90, agent="1001", leg=AGENT, cause=16),
        leaves(OPERATOR, "emergency", "room", 90.2),
        said(words.LegLeft, 90.2, leg=OPERATOR, role="emergency", cause=16),
    ]


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (party_rows.LegRow, tables.call_legs),
        (party_rows.SegmentRow, tables.call_segments),
        (party_rows.ThreeWayRow, tables.three_ways),
        (party_rows.EmergencyRow, tables.emergencies),
        (party_rows.TransferRow, tables.transfers),
        (party_rows.PauseRow, tables.recording_pauses),
    ],
)
def test_rows_of_parties_have_the_columns_of_their_tables_in_their_order(kind, table) -> None:
    assert [column.name for column in columns_of(kind)] == table.columns.keys()


def test_every_word_about_a_leg_is_projected_or_left_out_on_purpose() -> None:
    assert {kind.__name__ for kind in LEG_EVENTS} - PARTY_CHANGES.keys() == NOT_IN_ROWS


def test_a_leg_that_was_given_up_for_its_silence_was_silent_from_then_to_its_end() -> None:
    known = told([*three_way(), said(words.LegFellSilent, 20, leg=AGENT, silent_s=2.5)])
    (silent,) = [each for each in known.segments if each.kind == "silent"]
    begun = row(said(words.LegFellSilent, 17.5, leg=AGENT, silent_s=0)).at
    assert (silent.leg, silent.role, silent.from_at) == (AGENT, "agent", begun)
    assert silent.to_at == known.legs[AGENT].to_at


def test_talk_time_is_the_time_in_which_agent_and_caller_share_a_bridge() -> None:
    parties = told(three_way())
    agent, specialist = parties.legs[AGENT], parties.legs[SPECIALIST]
    assert (agent.role, agent.party, agent.talk_s) == ("agent", "1001", pytest.approx(27.9 + 50))
    assert (specialist.label, specialist.talk_s, specialist.cause) == ("人社局", pytest.approx(30), 16)
    assert talk_seconds(parties, row(three_way()[-1]).at) == pytest.approx(77.9)


def test_a_three_way_is_a_fact_of_the_case() -> None:
    (row_,) = told(three_way()).three_ways
    assert (row_.department, row_.asked_by, row_.outcome, row_.solved) == ("人社局", "1001", "talked", True)
    times = [row_.asked_at, row_.answered_at, row_.accepted_at, row_.merged_at, row_.ended_at]
    assert [(at - times[0]).total_seconds() for at in times if at and times[0]] == [0, 7, 10, 29.1, 59.1]
    assert row_.talked_s == pytest.approx(48), "consulting with the agent is talk too"


def test_muted_and_held_are_intervals_of_their_leg() -> None:
    found = [(each.leg, each.kind) for each in told(three_way()).segments if each.kind != "bridge"]
    assert found == [(CALLER, "held"), (SPECIALIST, "muted")]
    assert all(each.to_at for each in told(three_way()).segments), "nothing is left open after the end"


def test_a_specialist_who_is_not_reached_is_told_with_the_reason() -> None:
    asked = said(words.SpecialistAsked, 41, entry="tax", department="税务局", agent="1001", numbers=1)
    over = said(words.SpecialistNotReached, 60, entry="tax", reason="unanswered")
    (row_,) = told([*talk(), asked, over]).three_ways
    assert (row_.outcome, row_.answered_at, row_.talked_s) == ("unanswered", None, 0)


def test_an_emergency_keeps_its_routes_in_order_and_lasts_beyond_the_caller() -> None:
    parties = told(emergency())
    (pressed,) = parties.emergencies
    tried = json.loads(pressed.tried)
    assert [(each["route"], each["reason"]) for each in tried] == [("first", "busy"), ("second", "")]
    assert (pressed.route, pressed.outcome, pressed.pressed_by, pressed.trigger) == (
        "second",
        "reached",
        "1001",
        "dtmf",
    )
    assert pressed.ended_at == parties.legs[OPERATOR].to_at
    assert parties.legs[CALLER].to_at < pressed.ended_at


def test_a_second_press_is_a_row_of_its_own() -> None:
    again = [
        said(words.EmergencyPressed, 20, service="119", trigger="desk", agent="1001"),
        said(words.EmergencyFailed, 25, service="119"),
        said(words.EmergencyPressed, 26, service="119", trigger="desk", agent="1001"),
        said(words.EmergencyCancelled, 28, service="119", agent="1001"),
    ]
    assert [each.outcome for each in told([*talk(), *again]).emergencies] == ["failed", "cancelled"]


def test_a_transfer_that_fails_and_one_that_is_done() -> None:
    moves = [
        said(words.TransferAsked, 20, kind="agent", target="1002", agent="1001", warm=True),
        said(words.TransferFailed, 25, kind="agent", target="1002", reason="unanswered"),
        said(words.TransferAsked, 26, kind="queue", target="enterprise", agent="1001", warm=False),
        said(words.CallerTransferredToQueue, 27, queue="enterprise", priority=10),
    ]
    rows = told([*talk(), *moves]).transfers
    assert [(each.kind, each.warm, each.outcome, each.reason) for each in rows] == [
        ("agent", True, "failed", "unanswered"),
        ("queue", False, "done", None),
    ]


def test_a_forgotten_pause_of_the_recording_ends_with_the_call() -> None:
    pause = [
        said(words.RecordingPaused, 20, agent="1001", reason="银行卡号"),
        said(words.RecordingResumed, 30, agent="1001"),
        said(words.RecordingPaused, 35, agent="1001", reason="身份证号"),
        said(CallCut, 40, reason="missing at resync"),
    ]
    first, second = told([*talk(), *pause]).pauses
    assert (first.paused_by, first.reason, first.resumed_by) == ("1001", "银行卡号", "1001")
    assert (second.to_at, second.resumed_by) == (row(pause[-1]).at, None)


def test_a_cut_call_leaves_nothing_open() -> None:
    cut = said(CallCut, 75, reason="missing at resync")
    parties = told([*[each for each in three_way() if each.at < cut.at], cut])
    assert all(leg.to_at for leg in parties.legs.values())
    assert all(each.to_at for each in parties.segments)
    assert (parties.three_ways[0].outcome, parties.three_ways[0].ended_at) == ("talked", cut.at)


def test_without_bridges_the_answer_and_the_hold_tell_the_talk() -> None:
    kept = [each for each in talk() if "Bridge" not in each.kind]
    parties = told(
        [
            *kept,
            said(CallerHeld, 20, by="redirect"),
            said(CallerRetrieved, 30),
            said(AgentLeft, 40, agent="1001", leg=AGENT, cause=16),
        ]
    )
    assert parties.legs[AGENT].talk_s == pytest.approx(18)


def test_the_phones_own_hold_is_no_talk_although_both_stay_in_the_bridge() -> None:
    held = [said(words.LegHeld, 20, leg=AGENT), said(CallerHeld, 20, by="phone"), said(CallerRetrieved, 30)]
    held.append(said(words.LegRetrieved, 30, leg=AGENT))
    assert told([*talk(), *held]).legs[AGENT].talk_s == pytest.approx(17.9)


@pytest.mark.parametrize("seed", range(20))
def test_the_rows_are_the_same_in_whatever_order_and_however_often_events_come(seed: int) -> None:
    for story in (three_way(), emergency()):
        mixed = shuffled([*story, *shuffled(story, seed)[:5]], seed)
        again = told(mixed)
        once = told(story)
        assert (again.legs, again.three_ways, again.emergencies) == (once.legs, once.three_ways, once.emergencies)
        assert again.segments == once.segments


WAITS = said(CallerJoinedQueue, 43, queue="general", position=1)


@pytest.mark.parametrize(
    ("story", "stage"),
    [
        ([said(CallerHungUp, 12, cause=16)], "menu"),
        ([said(CallerHungUp, 6, cause=16)], ""),
        ([said(CallerHungUp, 6, cause=34)], "queue"),
        ([said(CallerJoinedQueue, 2, queue="general", position=1), said(CallerHungUp, 4, cause=16)], "queue"),
        ([said(CallCut, 3, reason="missing at resync")], "cut"),
        ([*talk()[1:], said(CallCut, 41, reason="missing at resync")], "cut"),
        ([*talk()[1:], said(CallerHungUp, 41, cause=16)], ""),
        ([*talk()[1:], said(AgentLost, 40, agent="1001"), said(CallerHungUp, 41, cause=16)], "cut"),
        (
            [*talk()[1:], said(CallerJoinedQueue, 43, queue="general", position=1), said(CallerHungUp, 50, cause=16)],
            "queue",
        ),
    ],
)
def test_who_is_to_be_called_back(story: list[JournalEntry], stage: str) -> None:
    events = [row(each) for each in [arrives(), *story]]
    found = missed(call_of(events), parties_of(events), events, menu_seconds=10)
    assert (found.stage if found else "") == stage
    hidden = [row(each) for each in [arrives(number=""), *story]]
    assert missed(call_of(hidden), parties_of(hidden), hidden, menu_seconds=10) is None, (
        "a withheld number cannot be called"
    )

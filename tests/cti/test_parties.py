"""Legs, three-way, emergency and transfer: their tables, and what they make of a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

import pytest

from cti.asterisk.translate import AmiTranslator, translate
from cti.board_parties import party_rows
from cti.core import diagram, dialling, emergency, leg, threeway, transfer
from cti.core.call import Call, CallState
from cti.core.emergency import EmergencyState, TriedRoute
from cti.core.events import CallEvent
from cti.core.hearing import heard, told_legs
from cti.core.ids import AgentId, CallId, LegId
from cti.core.leg import LegState
from cti.core.leg_events import (
    LegFellSilent,
    LegMuted,
    RecordingPaused,
    RecordingResumed,
    SpecialistAsked,
    SpecialistSolved,
    TransferAsked,
)
from cti.core.story import Story
from cti.core.threeway import ThreeWayState
from cti.core.transfer import TransferState
from cti.core.verdict import verdict
from tests.cti.calls import Line, Message
from tests.cti.fakes import START, house
from tests.cti.test_desk_and_calls import at_work

TABLES: dict[str, tuple[type[StrEnum], Mapping[StrEnum, Mapping[type, StrEnum]]]] = {
    "leg": (leg.LegState, leg.TRANSITIONS),
    "threeway": (threeway.ThreeWayState, threeway.TRANSITIONS),
    "emergency": (emergency.EmergencyState, emergency.TRANSITIONS),
    "transfer": (transfer.TransferState, transfer.TRANSITIONS),
    "dial": (dialling.DialState, dialling.TRANSITIONS),
}
ME = AgentId("1001")


class Teller:
    """Tells a story message by message, a second each, without any engine."""

    def __init__(self) -> None:
        self.line, self.story, self.at = Line(), Story(), START
        self.hear(self.line.arrives(), self.line.joins(), self.line.rings(), self.line.answered())
        self.hear(self.line.bridged("b1"), self.line.bridged("b1", role="agent", leg="a1"))

    @property
    def call(self) -> Call:
        assert self.story.call is not None
        return self.story.call

    def hear(self, *messages: Message) -> Teller:
        for message in messages:
            self.at += timedelta(seconds=1)
            for event in translate(message, self.story.call, self.at):
                self.story = self.story.with_event(event)[0]
        return self

    def tell(self, kind: type[CallEvent], /, **fields: object) -> Teller:
        self.at += timedelta(seconds=1)
        event = kind(call_id=CallId(self.line.call), at=self.at, **fields)  # type: ignore[arg-type]
        self.story = self.story.with_event(event)[0]
        return self

    def to_room(self) -> Teller:
        """Both go from the queue's bridge into the room."""
        line = self.line
        self.hear(line.unbridged("b1"), line.unbridged("b1", role="agent", leg="a1"))
        return self.hear(line.bridged("r", room=True), line.bridged("r", room=True, role="agent", leg="a1"))

    def ask(self) -> Teller:
        return self.tell(SpecialistAsked, entry="tax", department="税务局", agent=ME, numbers=2)

    def press(self, service: str = "110") -> Teller:
        word = {"State": "pressed", "Service": service, "Trigger": "desk", "Agent": ME}
        return self.hear(self.line.told("HotlineEmergency", **word))

    def operator(self, leg: str = "e1") -> Teller:
        """An operator rings, answers and joins the room."""
        line = self.line
        self.hear(line.told("HotlineEmergency", State="trying", Service="110", Route="A"))
        self.hear(line.third("ringing", leg, role="emergency", party="110"))
        self.hear(line.third("up", leg, role="emergency", party="110"))
        self.hear(line.told("HotlineEmergency", State="reached", Service="110", Route="A", Leg=leg))
        return self.hear(line.bridged("r", room=True, role="emergency", leg=leg))


@pytest.mark.parametrize("name", list(TABLES))
def test_every_state_has_a_row_and_can_be_reached(name: str) -> None:
    states, table = TABLES[name]
    assert set(table) == set(states)
    assert {to for row in table.values() for to in row.values()} | {next(iter(states))} == set(states)


def test_the_pictures_show_every_table() -> None:
    assert len(diagram.all_tables()) == 7
    assert "    caller_gone --> ended: [nobody is left]" in diagram.of_calls()
    assert "    consulting --> merged: ThreeWayMerged" in diagram.of_threeways()


def test_a_specialist_rings_accepts_consults_and_is_merged() -> None:
    teller, line = Teller().to_room().ask(), Line()
    assert (threeway_of(teller).state, threeway_of(teller).number_index) == (ThreeWayState.ASKED, 0)
    teller.hear(line.hold_music())
    assert teller.call.state is CallState.HELD
    teller.hear(line.unbridged("r"), line.third("ringing", "s1"))
    assert (threeway_of(teller).state, threeway_of(teller).number_index) == (ThreeWayState.RINGING, 1)
    teller.hear(line.third("up", "s1"), line.third("accepted", "s1"))
    teller.hear(line.bridged("r", room=True, role="specialist", leg="s1"))
    assert threeway_of(teller).state is ThreeWayState.CONSULTING
    teller.hear(line.bridged("r", room=True), line.in_room())
    assert (threeway_of(teller).state, teller.call.state) == (ThreeWayState.MERGED, CallState.TALKING)
    teller.hear(line.hold_music())
    assert threeway_of(teller).state is ThreeWayState.CONSULTING
    teller.hear(line.in_room(), line.third_gone("s1"))
    assert threeway_of(teller).state is ThreeWayState.ENDED
    assert teller.call.state is CallState.TALKING
    teller.hear(line.gone()).tell(SpecialistSolved, entry="tax", agent=ME, solved=True)
    assert threeway_of(teller).solved is True


def threeway_of(teller: Teller) -> threeway.ThreeWay:
    assert teller.call.threeway is not None
    return teller.call.threeway


def test_a_busy_number_gives_way_to_the_next_and_the_last_ends_it() -> None:
    teller, line = Teller().to_room().ask(), Line()
    teller.hear(line.third("ringing", "s1"), line.third("failed", "s1", Reason="busy"))
    first = teller.call.leg_of("s1")
    assert first is not None
    assert (first.state, first.reason) == (LegState.GONE, "busy")
    teller.hear(line.third("ringing", "s2"))
    assert (threeway_of(teller).number_index, threeway_of(teller).leg) == (2, "s2")
    teller.hear(line.third("failed", "s2", Reason="unanswered"))
    teller.hear(line.told("HotlineSpecialist", State="failed", Entry="tax", Reason="unanswered"))
    assert (threeway_of(teller).state, threeway_of(teller).reason) == (ThreeWayState.ENDED, "unanswered")
    assert threeway_of(teller.ask()).state is ThreeWayState.ASKED


def test_the_agent_leaves_and_caller_and_specialist_go_on_until_one_hangs_up() -> None:
    teller, line = Teller().to_room().ask(), Line()
    teller.hear(line.third("ringing", "s1"), line.third("accepted", "s1"))
    teller.hear(line.bridged("r", room=True, role="specialist", leg="s1"), line.agent_gone())
    assert (teller.call.state, teller.call.talking) == (CallState.ROOM, None)
    teller.hear(line.third_gone("s1"))
    assert teller.call.state is CallState.MENU


def test_an_agent_who_comes_back_into_the_room_has_his_call_again() -> None:
    teller, line = Teller().to_room().ask(), Line()
    teller.hear(line.third("ringing", "s1"), line.third("accepted", "s1"))
    teller.hear(line.bridged("r", room=True, role="specialist", leg="s1"), line.agent_gone(cause="44"))
    teller.hear(line.third("ringing", "a2", role="agent", party=ME))
    assert [ring.leg for ring in teller.call.ringing] == ["a2"]
    teller.hear(line.third("up", "a2", role="agent", party=ME))
    assert teller.call.state is CallState.TALKING
    assert teller.call.talking is not None
    assert (teller.call.talking.agent, teller.call.talking.leg) == (ME, "a2")


def test_a_muted_leg_is_heard_by_nobody_and_hears_everybody() -> None:
    teller, line = Teller().to_room(), Line()
    muted = line.caller("ConfbridgeMute", **{"Uniqueid": "a1", "ChanVariable(HOTLINE_ROLE)": "agent"})
    teller.hear(muted, line.gone())
    pairs = [(each.ear, each.mouth) for each in heard(teller.story.events)]
    assert pairs.count(("a1", LegId(line.leg))) == 2
    talks = [each for each in heard(teller.story.events) if (each.ear, each.mouth) == (line.leg, "a1")]
    assert talks[-1].end is not None
    assert talks[-1].end < told_legs(teller.story.events)[0].end  # type: ignore[operator]


def test_a_word_about_a_leg_that_nobody_knows_changes_nothing() -> None:
    teller = Teller()
    before = teller.call
    assert teller.tell(LegMuted, leg=LegId("nobody")).call == before


def test_an_emergency_tries_its_routes_and_is_reached() -> None:
    teller, line = Teller().press(), Line()
    assert emergency_of(teller).state is EmergencyState.TRYING
    teller.hear(line.told("HotlineEmergency", State="trying", Service="110", Route="A"))
    teller.hear(line.told("HotlineEmergency", State="failed-route", Service="110", Route="A", Reason="busy"))
    teller.press()
    assert emergency_of(teller).tried == (TriedRoute(route="A", reason="busy"),)
    teller.operator()
    assert (emergency_of(teller).state, emergency_of(teller).leg) == (EmergencyState.REACHED, "e1")
    row = party_rows(teller.call)["emergency"]
    assert (row["service"], row["state"], row["tried"]) == ("110", "reached", [{"route": "A", "reason": "busy"}])


def emergency_of(teller: Teller) -> emergency.Emergency:
    assert teller.call.emergency is not None
    return teller.call.emergency


def test_once_pressed_the_caller_s_leaving_releases_nobody() -> None:
    teller = Teller().to_room().press().operator()
    line = teller.line
    teller.hear(line.gone())
    assert (teller.call.state, teller.call.caller_gone) == (CallState.CALLER_GONE, True)
    assert teller.call.talking is not None
    teller.hear(line.agent_gone())
    assert teller.call.state is CallState.CALLER_GONE
    teller.hear(line.third_gone("e1", "emergency"))
    assert teller.call.state is CallState.ENDED
    assert verdict(teller.story.events).outcome == "emergency"


def test_the_caller_leaves_while_the_operator_rings_and_agent_and_operator_meet_all_the_same() -> None:
    teller = Teller().press()
    line = teller.line
    teller.hear(line.third("ringing", "e1", role="emergency", party="110"), line.gone())
    assert teller.call.state is CallState.CALLER_GONE
    teller.operator()
    assert emergency_of(teller).state is EmergencyState.REACHED
    teller.hear(line.third_gone("e1", "emergency"), line.agent_gone())
    assert teller.call.state is CallState.ENDED


def test_the_agent_leaves_while_routes_are_tried_and_the_caller_waits_for_the_operator() -> None:
    teller = Teller().press()
    line = teller.line
    teller.hear(line.agent_gone())
    assert teller.call.state is CallState.ROOM
    teller.hear(line.told("HotlineEmergency", State="failed", Service="110"))
    assert teller.call.state is CallState.MENU
    assert emergency_of(teller.press()).state is EmergencyState.TRYING


def test_twenty_presses_leave_a_dozen_legs_in_sight() -> None:
    teller = Teller()
    for number in range(20):
        teller.press().hear(teller.line.third("ringing", f"e{number}", role="emergency", party="110"))
        teller.hear(teller.line.third("failed", f"e{number}", role="emergency", party="110", Reason="busy"))
    assert len(teller.call.legs) == 12 + 2


def test_without_a_press_the_caller_s_end_is_the_call_s_end() -> None:
    teller = Teller().to_room().ask()
    line = teller.line
    teller.hear(line.third("ringing", "s1"), line.third("accepted", "s1"), line.gone())
    assert teller.call.state is CallState.ENDED


def test_a_transfer_is_asked_done_or_failed() -> None:
    teller = Teller().tell(TransferAsked, kind="queue", target="enterprise", agent=ME, warm=False)
    word = {"Kind": "queue", "Target": "enterprise"}
    teller.hear(teller.line.told("HotlineTransfer", State="failed", Reason="busy", **word))
    assert teller.call.transfer is not None
    assert (teller.call.transfer.state, teller.call.transfer.reason) == (TransferState.FAILED, "busy")
    teller.hear(teller.line.told("HotlineTransfer", State="done", **word))
    assert verdict(teller.story.events).outcome == "transferred"


def test_a_paused_recording_says_so() -> None:
    teller = Teller().tell(RecordingPaused, agent=ME, reason="身份证号")
    assert (teller.call.recording_paused, party_rows(teller.call)["recording_paused"]) == ("身份证号", True)
    assert teller.tell(RecordingResumed, agent=ME).call.recording_paused == ""


async def test_a_command_can_wait_for_the_state_it_asked_for() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins())
        with pytest.raises(TimeoutError):
            await home.engine.until(CallId(line.call), lambda call: call.state is CallState.TALKING, seconds=0.01)
        await home.hear(line.rings(), line.answered())
        call = await home.engine.until(CallId(line.call), lambda call: call.state is CallState.TALKING)
        assert call.talking is not None


def test_a_leg_that_asterisk_gave_up_for_its_silence_was_silent_before() -> None:
    """The time that Asterisk waited is nobody's talk; a leg that cti itself ended had a voice until then."""
    translator = AmiTranslator({"caller": 120.0, "agent": 10.0})
    teller = Teller()
    gave_up = {"Event": "SoftHangupRequest", "Cause": "1"}
    gone = teller.line.third_gone("a1", "agent") | gave_up
    (silent,) = translator.events_of(gone, teller.story, teller.at)
    assert isinstance(silent, LegFellSilent)
    assert (silent.leg, silent.silent_s) == ("a1", 10.0)
    assert translator.events_of(gone | {"Cause": "32"}, teller.story, teller.at) == []
    assert translator.events_of(teller.line.third_gone("e1", "emergency") | gave_up, teller.story, teller.at) == []

"""An emergency from the press to the operator's good-bye and the next press: table, commands, journal, gaps."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cti.asterisk import snapshot as asking
from cti.board_parties import party_rows
from cti.core.call import CallState
from cti.core.codec import decode, encode
from cti.core.emergency import EmergencyState
from cti.core.emergency_commands import PressEmergency
from cti.core.events import CallCut
from cti.core.ids import AgentId, CallId, LegId
from cti.core.leg_events import EmergencyDescribed, EmergencyReached, EmergencyRouteTried, LegHungUp, LegLeft
from cti.core.refusals import EmergencyRuns
from cti.desk_commands import DeskCommands
from tests.cti.calls import Line, Message
from tests.cti.fakes import START, House, PaperSeal, house
from tests.cti.test_desk_and_calls import at_work
from tests.cti.test_parties import ME, Teller, emergency_of
from tests.cti.test_recovery import member, show
from tests.cti.test_recovery_of_legs import ROOM, call_of, shown

SUMMARY, PLACE = "老人在家摔倒", "示范区 人民路1号"
WORDS = {"summary": SUMMARY, "location": PLACE, "district": "02"}


def hangs_up(line: Line, leg: str = "e1") -> list[Message]:
    """An operator's own phone says good-bye, and its leg ends."""
    gone = line.third_gone(leg, "emergency")
    return [gone | {"Event": "HangupRequest"}, gone]


def leaves(teller: Teller, leg: str = "e1") -> Teller:
    return teller.hear(*hangs_up(teller.line, leg))


# ---- the table


def test_when_the_operator_hangs_up_the_emergency_is_over_and_the_call_goes_on() -> None:
    teller = Teller().to_room().press().operator()
    reached_at = emergency_of(teller).reached_at
    leaves(teller)
    over = emergency_of(teller)
    assert (over.state, over.ended_by, over.route) == (EmergencyState.ENDED, "operator", "A")
    assert over.reached_at == reached_at
    assert over.since is not None
    assert reached_at is not None
    assert over.since - reached_at == timedelta(seconds=3), "bridged, good-bye, gone"
    assert teller.call.state is CallState.TALKING
    row = party_rows(teller.call)["emergency"]
    assert (row["state"], row["ended_by"]) == ("ended", "operator")
    assert row["reached_at"].endswith("Z")


def test_an_operator_s_leg_that_ends_without_a_good_bye_was_lost() -> None:
    teller = Teller().to_room().press().operator()
    teller.hear(teller.line.third_gone("e1", "emergency"))
    assert (emergency_of(teller).state, emergency_of(teller).ended_by) == (EmergencyState.ENDED, "system")


def test_one_who_hangs_up_in_the_moment_of_the_answer_was_reached_and_left() -> None:
    """The good-bye is heard before the dialplan can say that he was reached."""
    teller = Teller().to_room().press()
    line = teller.line
    teller.hear(line.third("ringing", "e1", role="emergency", party="110"))
    goodbye, gone = hangs_up(line)
    reached = line.told("HotlineEmergency", State="reached", Service="110", Route="A", Leg="e1")
    teller.hear(goodbye, reached, gone)
    assert (emergency_of(teller).state, emergency_of(teller).ended_by) == (EmergencyState.ENDED, "operator")
    late = Teller().to_room().press()
    late.hear(line.third("ringing", "e1", role="emergency", party="110"), line.third("up", "e1", role="emergency"))
    late.hear(gone, reached)
    assert emergency_of(late).state is EmergencyState.ENDED, "told as reached only after its end"


def test_one_who_hung_up_before_the_dialplan_could_say_a_word_was_reached_all_the_same() -> None:
    """Else the emergency would be tried for the rest of the call, with nobody who rings."""
    teller = Teller().to_room().press()
    teller.hear(teller.line.third("ringing", "e1", role="emergency", party="110"))
    leaves(teller)
    assert (emergency_of(teller).state, emergency_of(teller).ended_by) == (EmergencyState.ENDED, "operator")
    assert emergency_of(teller).reached_at is not None
    teller.press()
    assert emergency_of(teller).state is EmergencyState.TRYING


def test_an_earlier_operator_who_leaves_is_not_the_one_who_is_being_called() -> None:
    teller = Teller().to_room().press().operator().press("120")
    leaves(teller)
    assert emergency_of(teller).state is EmergencyState.TRYING


def test_after_an_end_a_press_begins_anew_also_one_that_was_not_heard() -> None:
    teller = leaves(Teller().to_room().press().operator())
    teller.press()
    assert (emergency_of(teller).state, emergency_of(teller).tried, emergency_of(teller).leg) == (
        EmergencyState.TRYING,
        (),
        None,
    )
    leaves(teller.operator("e2"), "e2")
    assert (emergency_of(teller).state, emergency_of(teller).leg) == (EmergencyState.ENDED, "e2")
    teller.tell(EmergencyRouteTried, service="119", route="B")
    again = emergency_of(teller)
    assert (again.state, again.service, again.route, again.reached_at) == (EmergencyState.TRYING, "119", "B", None)
    teller.tell(EmergencyReached, service="119", route="B", leg=LegId("e3"))
    assert emergency_of(teller).state is EmergencyState.REACHED


def test_what_is_told_twice_of_one_who_has_left_brings_nobody_back() -> None:
    teller = leaves(Teller().to_room().press().operator())
    teller.hear(teller.line.told("HotlineEmergency", State="reached", Service="110", Route="A", Leg="e1"))
    assert emergency_of(teller).state is EmergencyState.ENDED


def test_routes_of_a_press_that_failed_are_not_those_of_the_next_one() -> None:
    teller = Teller().press()
    teller.hear(teller.line.told("HotlineEmergency", State="failed-route", Service="110", Route="A", Reason="busy"))
    teller.hear(teller.line.told("HotlineEmergency", State="failed", Service="110"))
    teller.hear(teller.line.told("HotlineEmergency", State="trying", Service="110", Route="A"))
    assert (emergency_of(teller).state, emergency_of(teller).tried) == (EmergencyState.TRYING, ())


@pytest.mark.parametrize(("reached", "state"), [(False, EmergencyState.FAILED), (True, EmergencyState.ENDED)])
def test_a_crash_ends_an_emergency_too(reached: bool, state: EmergencyState) -> None:
    teller = Teller().to_room().press()
    if reached:
        teller.operator()
    teller.tell(CallCut, reason="asterisk restarted")
    assert (emergency_of(teller).state, emergency_of(teller).ended_by) == (state, "system")


def test_a_late_word_of_the_end_takes_its_place_before_the_next_press() -> None:
    """An AMI batch that is late: the same events tell the same call in any order."""
    teller = leaves(Teller().to_room().press().operator()).press()
    story = Teller().story
    after_the_talk = teller.story.events[len(story.events) :]
    late = [event for event in after_the_talk if isinstance(event, LegHungUp | LegLeft)]
    assert len(late) == 2
    for event in [*(each for each in after_the_talk if each not in late), *late]:
        story = story.with_event(event)[0]
    assert story.call is not None
    assert story.call.emergency == emergency_of(teller)


# ---- the desk's commands


async def in_talk(home: House, line: Line) -> DeskCommands:
    commands = await at_work(home)
    await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
    await home.hear(line.bridged("b1"), line.bridged("b1", role="agent", leg="a1"))
    return commands


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No switch will ever answer here."""
    monkeypatch.setattr("cti.emergency_control.SEEN_WITHIN", 0.01)


def presses(home: House) -> list[PressEmergency]:
    return [command for command in home.switch.done if isinstance(command, PressEmergency)]


async def test_what_the_desk_sent_is_journaled_sealed_and_goes_along_again() -> None:
    async with house() as home:
        line = Line()
        commands = await in_talk(home, line)
        await commands.carry_out(ME, "emergency", {"call_id": line.call, "service": "110", **WORDS})
        await home.settle()
        (row,) = [entry for entry in home.journal.entries if entry.kind == "EmergencyDescribed"]
        assert SUMMARY not in json.dumps(row.body, ensure_ascii=False)
        assert PLACE not in json.dumps(row.body, ensure_ascii=False)
        told = decode(row, PaperSeal())
        assert isinstance(told, EmergencyDescribed)
        assert (told.summary, told.location, told.district, told.agent) == (SUMMARY, PLACE, "02", ME)
        await home.hear(line.told("HotlineEmergency", State="pressed", Service="110", Trigger="desk", Agent=ME))
        await home.hear(line.told("HotlineEmergency", State="failed", Service="110"))
        await commands.carry_out(ME, "emergency_again", {"call_id": line.call})
        await commands.carry_out(ME, "emergency_again", {"call_id": line.call, "location": "东门"})
        first, second, third = presses(home)
        assert (first.summary, first.location, first.district) == (SUMMARY, PLACE, "02")
        assert second == first, "the same words and the same district, so the same routes"
        assert (third.location, third.summary) == ("东门", "")


async def test_a_press_without_words_leaves_no_empty_description() -> None:
    async with house() as home:
        line = Line()
        commands = await in_talk(home, line)
        await commands.carry_out(ME, "emergency", {"call_id": line.call, "service": "120"})
        await home.settle()
        assert len(presses(home)) == 1
        assert "EmergencyDescribed" not in home.journal.kinds


@pytest.mark.parametrize(
    "hostile", ["a\r\nAction: Originate", "\x1b[2J\u202e火", "\u3000\u2028东门", {"a": 1}, 7, None]
)
async def test_no_words_keep_anybody_from_help_and_none_steer_a_terminal(hostile: object) -> None:
    async with house() as home:
        line = Line()
        commands = await in_talk(home, line)
        await commands.carry_out(ME, "emergency", {"call_id": line.call, "service": "110", "location": hostile})
        (sent,) = presses(home)
        assert sent.location.isprintable()


async def test_a_service_whose_operator_is_there_is_not_called_again_and_one_who_left_is() -> None:
    async with house() as home:
        line = Line()
        commands = await in_talk(home, line)
        press = {"call_id": line.call, "service": "110"}
        await commands.carry_out(ME, "emergency", press)
        await home.hear(line.told("HotlineEmergency", State="pressed", Service="110", Trigger="desk", Agent=ME))
        await home.hear(line.third("ringing", "e1", role="emergency", party="110"))
        await home.hear(line.third("up", "e1", role="emergency", party="110"))
        await home.hear(line.told("HotlineEmergency", State="reached", Service="110", Route="A", Leg="e1"))
        await home.hear(line.told("HotlineEmergency", State="pressed", Service="119", Trigger="desk", Agent=ME))
        await home.hear(line.told("HotlineEmergency", State="failed", Service="119"))
        await commands.carry_out(ME, "emergency", press)
        assert len(presses(home)) == 1, "110 is on the line, whatever became of 119"
        with pytest.raises(EmergencyRuns):
            await commands.carry_out(ME, "remove_leg", {"call_id": line.call, "leg": line.leg})
        await home.hear(*hangs_up(line))
        await commands.carry_out(ME, "emergency", press)
        assert len(presses(home)) == 2


async def test_a_press_of_which_nothing_came_is_pressed_again() -> None:
    """Two clicks are one; whether the dialplan still tries is its own to know, and it calls nobody twice."""
    async with house() as home:
        line = Line()
        commands = await in_talk(home, line)
        press = {"call_id": line.call, "service": "110"}
        await home.hear(line.told("HotlineEmergency", State="pressed", Service="110", Trigger="desk", Agent=ME))
        await commands.carry_out(ME, "emergency", press)
        assert presses(home) == []
        home.clock.pass_(60)
        await commands.carry_out(ME, "emergency", press)
        assert len(presses(home)) == 1
        await home.hear(line.third("ringing", "e1", role="emergency", party="110"))
        home.clock.pass_(60)
        await commands.carry_out(ME, "emergency", press)
        assert len(presses(home)) == 1, "his phone rings"


async def test_an_operator_who_left_unseen_has_left_and_an_earlier_one_stays_who_he_is() -> None:
    async with house() as home:
        line = Line()
        await in_talk(home, line)
        for service, leg in (("110", "e1"), ("119", "e2")):
            await home.hear(line.told("HotlineEmergency", State="pressed", Service=service, Trigger="desk", Agent=ME))
            await home.hear(line.third("ringing", leg, role="emergency", party=service, Label=service))
            await home.hear(line.third("up", leg, role="emergency", party=service))
            await home.hear(line.told("HotlineEmergency", State="reached", Service=service, Route=service, Leg=leg))
        there = [shown(line, role, leg, bridge="room") for role, leg in (("caller", ""), ("agent", "a1"))]
        both = [*there, shown(line, "emergency", "e1", bridge="room"), shown(line, "emergency", "e2", bridge="room")]
        before = call_of(home, line).emergency
        await show(home, asking.read(2, home.clock.now(), [member()], [ROOM], both, []))
        assert call_of(home, line).emergency == before
        await show(home, asking.read(3, home.clock.now(), [member()], [ROOM], both[:3], []))
        now = call_of(home, line).emergency
        assert now is not None
        assert (now.service, now.state, now.ended_by) == ("119", EmergencyState.ENDED, "system")
        assert [leg.leg for leg in call_of(home, line).legs_of("emergency")] == ["e1"]


def test_a_description_is_the_same_after_the_journal() -> None:
    event = EmergencyDescribed(
        call_id=CallId("HCdemo-1-1795000000.1"), at=START, service="110", agent=AgentId("1001"), **WORDS
    )
    assert decode(encode(event, PaperSeal()), PaperSeal()) == event

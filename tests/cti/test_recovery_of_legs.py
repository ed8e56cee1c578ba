"""After a cut or a restart: legs, rooms, the emergency and the three-way are right again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from cti.asterisk import snapshot as asking
from cti.core.call import Call, CallState
from cti.core.emergency import EmergencyState
from cti.core.ids import AgentId, CallId
from cti.core.leg import LegState
from cti.core.leg_events import SpecialistAsked
from cti.core.snapshot import Snapshot
from cti.core.threeway import ThreeWayState
from tests.cti.calls import Line
from tests.cti.fakes import House, ListJournal, house
from tests.cti.test_desk_and_calls import at_work
from tests.cti.test_recovery import member, show

Message = dict[str, str]
ROOM: Message = {"Event": "BridgeListItem", "BridgeUniqueid": "room", "BridgeCreator": "ConfBridge", "BridgeName": "HC"}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.engine.CUT_AFTER", 0.05)


def shown(line: Line, role: str, leg: str = "", bridge: str = "", **headers: str) -> Message:
    """A CoreShowChannel."""
    name = {"caller": "test-citizen", "agent": "1001"}.get(role, role)
    return {
        "Event": "CoreShowChannel",
        "Channel": f"PJSIP/{name}-0000000a",
        "ChannelStateDesc": "Up",
        "Uniqueid": leg or line.leg,
        "ChanVariable(HOTLINE_CALL_ID)": line.call,
        "ChanVariable(HOTLINE_ROLE)": role,
        "Context": "hl-queue",
        "Duration": "00:01:00",
        "BridgeId": bridge,
        **headers,
    }


def routine(line: Line) -> Message:
    """A Local channel: the dialplan is trying somebody."""
    return shown(line, "control", "l1", Channel="Local/x@hl-reach-specialist-00000001;2")


def seen(home: House, *channels: Message, seats: list[Message] | None = None, generation: int = 2) -> Snapshot:
    return asking.read(generation, home.clock.now(), [member()], [ROOM], channels, seats or [])


def call_of(home: House, line: Line) -> Call:
    call = home.engine.stories[CallId(line.call)].call
    assert call is not None
    return call


async def ask(home: House, line: Line) -> None:
    """A desk asks for a specialist who has two numbers."""
    asked = SpecialistAsked(
        call_id=CallId(line.call),
        at=home.clock.now(),
        entry="tax",
        department="税务局",
        agent=AgentId("1001"),
        numbers=2,
    )
    await home.engine.tell(asked)
    await home.settle()


async def in_talk(home: House, line: Line) -> None:
    await at_work(home)
    await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
    await home.hear(line.bridged("b1"), line.bridged("b1", role="agent", leg="a1"))


async def test_a_move_into_the_room_that_nobody_saw_is_seen_in_the_snapshot() -> None:
    async with house() as home:
        line = Line()
        await in_talk(home, line)
        seats = [{"Event": "ConfbridgeList", "Uniqueid": "s1", "Muted": "Yes"}]
        legs = (
            shown(line, "caller", bridge="room"),
            shown(line, "agent", "a1", bridge="room"),
            shown(line, "specialist", "s1", bridge="room"),
        )
        await show(home, seen(home, *legs, seats=seats))
        call = call_of(home, line)
        assert {(leg.role, leg.bridge, leg.in_room, leg.muted) for leg in call.legs} == {
            ("caller", "room", True, False),
            ("agent", "room", True, False),
            ("specialist", "room", True, True),
        }
        rows = list(home.journal.kinds)
        await show(home, seen(home, *legs, seats=seats, generation=3))
        assert home.journal.kinds == rows


async def test_a_leg_that_was_put_aside_while_nobody_looked_is_on_hold_and_comes_back() -> None:
    """A swap whose events were lost: the specialist hears music, caller and agent are in the room."""
    async with house() as home:
        line = Line()
        await in_talk(home, line)
        room = shown(line, "caller", bridge="room"), shown(line, "agent", "a1", bridge="room")
        await show(home, seen(home, *room, shown(line, "specialist", "s1", bridge="room")))
        await show(home, seen(home, *room, shown(line, "specialist", "s1", Context="hl-hold-leg"), generation=3))
        aside = {(leg.role, leg.held, leg.in_room) for leg in call_of(home, line).legs}
        assert aside == {("caller", False, True), ("agent", False, True), ("specialist", True, False)}
        rows = list(home.journal.kinds)
        await show(home, seen(home, *room, shown(line, "specialist", "s1", Context="hl-hold-leg"), generation=4))
        assert home.journal.kinds == rows
        await show(home, seen(home, *room, shown(line, "specialist", "s1", bridge="room"), generation=5))
        assert all(leg.in_room and not leg.held for leg in call_of(home, line).legs)


async def test_a_specialist_who_came_and_went_unseen_leaves_caller_and_agent_in_talk() -> None:
    async with house() as home:
        line = Line()
        await in_talk(home, line)
        await ask(home, line)
        await home.hear(line.third("ringing", "s1"), line.third("up", "s1"), line.third("accepted", "s1"))
        assert call_of(home, line).threeway.state is ThreeWayState.CONSULTING  # type: ignore[union-attr]
        await show(home, seen(home, shown(line, "caller", bridge="b1"), shown(line, "agent", "a1", bridge="b1")))
        call = call_of(home, line)
        assert call.leg_of("s1").state is LegState.GONE  # type: ignore[union-attr]
        assert call.threeway is not None
        assert call.threeway.state is ThreeWayState.ENDED
        assert call.state is CallState.TALKING


async def test_a_specialist_who_accepted_and_met_the_caller_unseen_is_merged() -> None:
    async with house() as home:
        line = Line()
        await in_talk(home, line)
        await ask(home, line)
        await home.hear(line.third("ringing", "s1"))
        legs = [
            shown(line, role, leg, bridge="room")
            for role, leg in (("caller", ""), ("agent", "a1"), ("specialist", "s1"))
        ]
        await show(home, seen(home, *legs))
        call = call_of(home, line)
        assert call.threeway is not None
        assert (call.threeway.state, call.threeway.leg) == (ThreeWayState.MERGED, "s1")


async def test_a_specialist_is_not_given_up_while_the_dialplan_still_tries() -> None:
    async with house() as home:
        line = Line()
        await in_talk(home, line)
        await ask(home, line)
        legs = (shown(line, "caller", bridge="b1"), shown(line, "agent", "a1", bridge="b1"))
        await show(home, seen(home, *legs, routine(line)))
        assert call_of(home, line).threeway.state is ThreeWayState.ASKED  # type: ignore[union-attr]
        assert call_of(home, line).leg_of("l1") is None
        await show(home, seen(home, *legs, generation=3))
        assert call_of(home, line).threeway.state is ThreeWayState.ENDED  # type: ignore[union-attr]


async def test_an_operator_who_answered_unseen_is_reached_and_one_who_was_never_found_is_not() -> None:
    async with house() as home:
        line, other = Line(), Line("HCdemo-1-1795000000.9")
        await in_talk(home, line)
        pressed = {"State": "pressed", "Service": "110", "Trigger": "dtmf", "Agent": "1001"}
        await home.hear(line.told("HotlineEmergency", **pressed), other.arrives())
        await home.hear(other.told("HotlineEmergency", **(pressed | {"Trigger": "menu"})))
        legs = [shown(line, role, leg, bridge="room") for role, leg in (("caller", ""), ("emergency", "e1"))]
        await show(home, seen(home, *legs, shown(line, "agent", "a1", bridge="room"), shown(other, "caller")))
        emergency = call_of(home, line).emergency
        assert emergency is not None
        assert (emergency.state, emergency.leg, emergency.service) == (EmergencyState.REACHED, "e1", "110")
        assert call_of(home, other).emergency.state is EmergencyState.FAILED  # type: ignore[union-attr]


async def test_a_call_that_lost_its_caller_unseen_goes_on_with_agent_and_operator() -> None:
    journal, line = ListJournal(), Line()
    async with house(journal=journal) as home:
        await in_talk(home, line)
        await home.hear(line.told("HotlineEmergency", State="pressed", Service="119", Trigger="desk", Agent="1001"))
        await home.hear(line.third("ringing", "e1", role="emergency", party="119"))
    async with house(journal=journal) as home:
        home.clock.pass_(60)
        legs = (shown(line, "agent", "a1", bridge="room"), shown(line, "emergency", "e1", bridge="room"))
        await show(home, seen(home, *legs, generation=1))
        await asyncio.sleep(0.1)
        await home.settle()
        call = call_of(home, line)
        assert (call.state, call.caller_gone) == (CallState.CALLER_GONE, True)
        assert call.talking is not None
        await home.hear(line.agent_gone(), line.third_gone("e1", "emergency"))
        assert call_of(home, line).state is CallState.ENDED
        assert "CallCut" not in journal.kinds


def test_local_channels_are_no_legs() -> None:
    line = Line()
    read = asking.read(1, datetime.now(UTC), [], [], [routine(line), shown(line, "caller")])
    assert [leg.role for leg in read.legs] == ["caller"]
    assert read.routines == {line.call}

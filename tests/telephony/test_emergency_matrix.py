"""The emergency in every way: who presses how, what the routes do, who leaves, in whatever order."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.phone.ear import hear
from tests.measured import book
from tests.measured.files import recordings_of
from tests.measured.witness import Witness, witness
from tests.patience import LONG, heard_until, until
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, AsteriskOnly
from tests.telephony.emergency_story import (
    SEATS,
    SOUNDS,
    TONES,
    TRIGGERS,
    Story,
    by_desk,
    cancel,
    header,
    quick_to_ring_out,
    redirected,
    spoke,
    told,
)

pytestmark = pytest.mark.matrix

FIRST_ROUTES: dict[str, int | str | None] = {
    "answered": 200,
    "busy": 486,
    "refused": 603,
    "dead": None,
    "unanswered": "ring",
}

WAITS_FOR_A_HANDLER = 0.3
"""Seconds that a caller stays outside the room once an operator has left it."""


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[AsteriskOnly]:
    with quick_to_ring_out(place) as it:
        yield it


@pytest.fixture
def story(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Story]:
    """What its ears heard is measured and kept, and no recording lacks a speaker."""
    with witnessed(asterisk, request) as it, told(asterisk, caller, desk, tmp_path, it) as story:
        yield story


@contextmanager
def witnessed(asterisk: AsteriskOnly, request: pytest.FixtureRequest) -> Iterator[Witness]:
    before = set(asterisk.recordings.rglob("*.sln"))
    with witness(asterisk.settings, TONES, SOUNDS) as it:
        yield it
        asterisk.say("channel request hangup all")
        asterisk.wait_idle()
    files = recordings_of(set(asterisk.recordings.rglob("*.sln")) - before, SEATS)
    line = it.line(request.node.name, files)
    book.keep(line, request.getfixturevalue("tmp_path_factory").getbasetemp() / "matrix")
    assert not line["lost"]


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("first", FIRST_ROUTES)
def test_an_operator_is_reached_whatever_the_first_route_does(story: Story, trigger: str, first: str) -> None:
    answer = FIRST_ROUTES[first]
    if answer is not None:
        story.operator("operator", answer)
    second = story.operator("second")
    story.talk()
    TRIGGERS[trigger](story)
    reached = "operator" if first == "answered" else "second"
    story.said("reached", seconds=60)
    if first != "answered":
        assert story.said("failed-route")["Reason"] == first
    story.phones[reached].wait_state("confirmed", seconds=60)
    heard = story.listen()
    assert heard["caller"] == {"agent", reached}
    assert heard["agent"] == {"caller", reached}
    assert heard[reached] == {"caller", "agent"}
    assert reached == "second" or not [event for event in second.events if event["event"] == "ringing"]


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("leaver", ["caller", "agent"])
@pytest.mark.parametrize("when", ["ringing", "answered"])
def test_who_leaves_takes_nobody_along(story: Story, trigger: str, leaver: str, when: str) -> None:
    stays = "agent" if leaver == "caller" else "caller"
    operator = story.operator("operator", "ring")
    story.talk()
    TRIGGERS[trigger](story)
    operator.wait("ringing", seconds=60)
    if when == "ringing":
        story.phones[leaver].hang_up()
        time.sleep(1)
    operator.answer()
    story.said("reached")
    if when == "answered":
        time.sleep(1)
        story.phones[leaver].hang_up()
    time.sleep(1)
    heard = story.listen()
    assert heard[stays] == {"operator"}
    assert heard["operator"] == {stays}
    operator.hang_up()
    story.phones[stays].wait_over(seconds=60)
    story.asterisk.wait_idle()
    assert spoke(story.recorded("emergency")) >= {stays, "operator"}


@pytest.mark.parametrize("came", ["", "1"])
def test_a_caller_whose_agent_leaves_as_the_operator_answers_is_back_in_the_room_at_once(
    story: Story, came: str
) -> None:
    """The agent's end takes him out of it for a moment; the operator waits there for him, or is just coming in."""
    story.operator("operator", "ring")
    story.talk()
    by_desk(story)
    story.phones["operator"].wait("ringing", seconds=60)
    until(lambda: moved(story, "ConfbridgeJoin"), "the caller in the room")
    caller = story.caller_channel
    for name, value in {"HL_OPERATOR": "somebody", "HL_OPERATOR_CAME": came}.items():
        asked = story.acts.ask(Action="Setvar", Channel=caller, Variable=f"SHARED({name})", Value=value)
        assert asked["Response"] == "Success", asked
    redirected(story, caller, "hl-emergency-wait", "s")
    until(lambda: len(moved(story, "ConfbridgeJoin")) == 2, "the caller back in the room")
    assert moved(story, "ConfbridgeJoin")[1] - moved(story, "BridgeLeave")[-1] < WAITS_FOR_A_HANDLER


def moved(story: Story, event: str) -> list[float]:
    """When the caller came into the room, or left a bridge: by Asterisk's own clock."""
    story.ami.listen(0.1)
    mine = {"Event": event, "Channel": story.caller_channel}
    return [float(m["Timestamp"]) for m in story.ami.messages if mine.items() <= m.items()]


def test_a_caller_alone_in_the_room_while_it_rings_hears_music_until_the_operator_is_there(story: Story) -> None:
    """The agent left before he was in the room: nobody's leaving takes the caller out of it."""
    operator = story.operator("operator", "ring")
    story.talk()
    by_desk(story)
    operator.wait("ringing", seconds=60)
    story.phones["agent"].hang_up()
    until(lambda: story.legs() == 2, "the agent gone")
    redirected(story, story.caller_channel, "hl-room-caller", "s")
    until(lambda: len(moved(story, "ConfbridgeJoin")) == 2, "the caller alone in the room")
    with story.ears() as files:
        heard = heard_until(files["caller"], lambda heard: heard.tone_seconds(MUSIC_TONE) > 0.5)
    assert heard.tone_seconds(MUSIC_TONE) > 0.5
    operator.answer()
    story.said("reached")
    operator.wait_state("confirmed")
    time.sleep(0.5)
    heard_by = story.listen()
    assert heard_by["caller"] == {"operator"}
    assert heard_by["operator"] == {"caller"}


def test_without_anybody_to_reach_and_without_an_agent_the_caller_comes_first_in_the_queue(story: Story) -> None:
    story.operator("second", "ring")
    story.talk()
    by_desk(story)
    story.phones["second"].wait("ringing", seconds=60)
    story.phones["agent"].hang_up()
    story.said("failed", seconds=60)
    deadline = time.monotonic() + 15
    while story.caller_channel not in story.asterisk.say("queue show hl-general"):
        assert time.monotonic() < deadline, story.asterisk.channels()
        time.sleep(0.2)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_two_presses_in_any_two_ways_make_one_call_to_the_operator(story: Story, trigger: str) -> None:
    operator = story.operator("operator", "ring")
    story.talk()
    by_desk(story)
    TRIGGERS[trigger](story)
    operator.wait("ringing", seconds=60)
    time.sleep(1)
    assert story.states().count("pressed") == 1
    cancel(story)
    story.said("cancelled")
    assert operator.wait_over(seconds=60)["code"] != 200
    heard = story.listen()
    assert heard["caller"] == {"agent"}
    assert heard["agent"] == {"caller"}
    operator.when_called(200)
    TRIGGERS[trigger](story)
    story.said("reached", seconds=60)
    cancel(story)
    time.sleep(1)
    assert story.states().count("cancelled") == 1
    assert story.listen()["operator"] == {"caller", "agent"}


def test_an_operator_whom_everybody_left_is_told_so_and_never_hung_up(story: Story) -> None:
    operator = story.operator("operator", "ring")
    story.talk()
    by_desk(story)
    operator.wait("ringing", seconds=60)
    story.phones["caller"].hang_up()
    story.phones["agent"].hang_up()
    time.sleep(1)
    with story.ears() as files:
        operator.answer()
        operator.wait_state("confirmed")
        time.sleep(3)
    assert hear(files["operator"]).tone_seconds(PROMPT_TONES["emergency_nobody"]) > 1.0
    assert story.legs() == 1
    operator.hang_up()
    story.asterisk.wait_idle()


@contextmanager
def menu_that_says(story: Story, variables: str) -> Iterator[None]:
    """An ivr of one sentence: whoever comes is sent on with these variables."""
    with socket.create_server(("127.0.0.1", story.asterisk.settings.port("fastagi"))) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line, line.makefile("rwb") as stream:
                while stream.readline().strip():
                    pass
                stream.write(f'EXEC MSet "{variables},HL_DONE=1"\n'.encode())
                stream.flush()
                stream.readline()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        story.asterisk.beat()
        yield
        thread.join(5)


def test_the_menu_may_put_a_caller_straight_through_and_a_person_takes_him_when_nobody_answers(story: Story) -> None:
    caller, second = story.phones["caller"], story.operator("second")
    with menu_that_says(story, "HL_QUEUE=general,HL_MENU_PATH=main:2,HL_EMERGENCY=120"):
        caller.call(story.asterisk.address(), number="13800000001")
        rung = second.wait("ringing", seconds=LONG)
    story.call_id = header(rung["headers"], "X-Hotline-Call-Id")
    assert story.said("pressed")["Trigger"] == "menu"
    story.said("reached")
    time.sleep(2.5)
    heard = story.listen()
    assert heard["caller"] == {"second"}
    assert heard["second"] == {"caller"}
    second.hang_up()
    caller.wait_over(seconds=LONG)
    second.when_called(486)
    with menu_that_says(story, "HL_QUEUE=enterprise,HL_MENU_PATH=main:2,HL_EMERGENCY=120"):
        caller.call(story.asterisk.address(), number="13800000001")
        caller.wait_answered(seconds=LONG)
    until(lambda: "PJSIP/test-citizen" in story.asterisk.say("queue show hl-enterprise"))

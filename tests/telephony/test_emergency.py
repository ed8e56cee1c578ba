"""One key to 110: with nothing but Asterisk running, whoever comes or goes meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.phone.ear import hear
from tests.patience import heard_until, until
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, AsteriskOnly
from tests.telephony.emergency_story import (
    LOCATION,
    OPERATORS,
    SUMMARY,
    TONES,
    Story,
    by_desk,
    by_keys,
    by_second_call,
    cancel,
    header,
    qualified,
    quick_to_ring_out,
    redirected,
    spoke,
    told,
)
from tests.telephony.gone_at_once import GoneAtOnce

AT_ONCE = 25


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[AsteriskOnly]:
    with quick_to_ring_out(place) as it:
        yield it


@pytest.fixture
def story(asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path) -> Iterator[Story]:
    with told(asterisk, caller, desk, tmp_path) as it:
        yield it


def test_the_click_reaches_the_next_operator_when_the_first_is_busy_and_the_agent_may_leave(story: Story) -> None:
    story.operator("operator", 486)
    second = story.operator("second")
    story.talk()
    by_desk(story)
    rung = second.wait("ringing", seconds=60)
    second.wait_state("confirmed")
    assert header(rung["headers"], "X-Hotline-Call-Id") == story.call_id
    assert header(rung["headers"], "X-Hotline-Summary") == SUMMARY
    assert header(rung["headers"], "X-Hotline-Location") == LOCATION.replace(",", "，")
    assert "13800000001" in header(rung["headers"], "From")
    failed = story.said("failed-route")
    assert (failed["Service"], failed["Reason"]) == ("110", "busy")
    story.said("reached")
    heard = story.listen()
    assert heard["caller"] == {"agent", "second"}
    assert heard["agent"] == {"caller", "second"}
    assert heard["second"] == {"caller", "agent"}
    story.phones["agent"].hang_up()
    time.sleep(0.5)
    heard = story.listen()
    assert heard["caller"] == {"second"}
    assert heard["second"] == {"caller"}
    second.hang_up()
    story.phones["caller"].wait_over(seconds=60)
    for role in ("caller", "agent", "emergency"):
        assert spoke(story.recorded(role)) == {"caller", "agent", "second"}, role


def test_a_caller_who_leaves_while_it_rings_releases_nobody(story: Story) -> None:
    operator = story.operator("operator", "ring")
    story.talk()
    by_keys(story)
    operator.wait("ringing", seconds=60)
    time.sleep(0.5)
    story.phones["caller"].hang_up()
    story.phones["caller"].wait_over()
    time.sleep(1)
    operator.answer()
    operator.wait_state("confirmed")
    heard = story.listen()
    assert heard["agent"] == {"operator"}
    assert heard["operator"] == {"agent"}
    operator.hang_up()
    assert story.phones["agent"].wait_over(seconds=60)["code"] == 200
    assert spoke(story.recorded("emergency")) == {"agent", "operator"}


def test_when_every_route_fails_the_agent_alone_hears_so_and_one_key_tries_again(story: Story) -> None:
    """The first route is dead, the second rings in vain."""
    story.operator("second", "ring")
    story.talk()
    with story.ears() as files:
        by_second_call(story)
        story.said("failed", seconds=60)
        time.sleep(2.5)
    assert [story.said("failed-route", nth=n)["Reason"] for n in (1, 2)] == ["dead", "unanswered"]
    assert hear(files["agent"]).tone_seconds(PROMPT_TONES["emergency_failed"]) > 1.0
    assert hear(files["caller"]).tone_seconds(PROMPT_TONES["emergency_failed"]) < 0.3
    assert hear(files["caller"]).part(-1.0).tone_seconds(TONES["agent"]) > 0.8
    story.phones["second"].when_called(200)
    by_keys(story)
    story.said("reached", seconds=60)
    time.sleep(0.5)
    assert story.listen()["second"] == {"caller", "agent"}


def test_an_agent_who_leaves_while_it_rings_leaves_the_caller_to_the_operator(story: Story) -> None:
    """The caller is on hold: the press fetches him, from the room's own key."""
    operator = story.operator("operator", "ring")
    story.talk()
    done = story.acts.ask(
        Action="Redirect", Channel=story.caller_channel, Context="hl-hold", Exten="s", Priority="1",
        ExtraChannel=story.agent_channel, ExtraContext="hl-room-staff", ExtraExten=story.call_id, ExtraPriority="1",
    )  # fmt: skip
    assert done["Response"] == "Success"
    time.sleep(1)
    by_keys(story)
    operator.wait("ringing", seconds=60)
    story.phones["agent"].hang_up()
    time.sleep(1)
    with story.ears() as files:
        heard = heard_until(files["caller"], lambda heard: heard.tone_seconds(MUSIC_TONE) > 0.5)
    assert heard.tone_seconds(MUSIC_TONE) > 0.5
    operator.answer()
    operator.wait_state("confirmed")
    time.sleep(0.5)
    heard = story.listen()
    assert heard["caller"] == {"operator"}
    assert heard["operator"] == {"caller"}


def test_an_operator_who_answers_at_once_waits_for_the_half_that_brings_the_agent(story: Story) -> None:
    """A key's own steps keep the agent for a second; the operator's switch has answered long before."""
    for line in ("hl-emergency-key,slow,1,Wait,1", "hl-emergency-key,slow,2,Goto,hl-slow,s,1", "hl-slow,s,1,Wait,9"):
        context, extension, priority, application, *data = line.split(",")
        story.asterisk.say(
            f"dialplan add extension {extension},{priority},{application},\"{','.join(data)}\" into {context}"
        )
    story.operator("operator", 200, after=0.0)
    story.talk()
    redirected(story, story.agent_channel, "hl-emergency-key", "slow")
    by_desk(story)
    story.said("reached")
    time.sleep(1.5)
    heard = story.listen()
    assert heard["agent"] == {"caller", "operator"}
    assert heard["operator"] == {"caller", "agent"}


def test_a_citizen_who_keys_110_starts_nothing_anywhere(story: Story) -> None:
    operator = story.operator("operator")
    caller = story.phones["caller"]
    caller.call(story.asterisk.address(), number="13800000001")
    caller.wait_answered(seconds=60)
    caller.press("*110")  # while the greeting plays
    time.sleep(2.5)
    caller.press("*110")  # waiting in the queue
    time.sleep(1.5)
    story.asterisk.join("1001")
    rung = story.phones["agent"].wait("ringing", seconds=60)
    story.phones["agent"].wait_state("confirmed", seconds=60)
    story.call_id = header(rung["headers"], "X-Hotline-Call-Id")
    caller.press("*110")  # talking
    time.sleep(1.5)
    story.caller_channel, story.agent_channel = story.channel("PJSIP/test-citizen"), story.channel("PJSIP/1001")
    for context in ("hl-hold", "hl-room-caller"):
        extra = {"ExtraChannel": story.agent_channel, "ExtraContext": "hl-room-staff", "ExtraExten": story.call_id}
        more = extra | {"ExtraPriority": "1"} if context == "hl-hold" else {}
        story.acts.ask(
            Action="Redirect", Channel=story.caller_channel, Context=context, Exten="s", Priority="1", **more
        )
        time.sleep(0.7)
        caller.press("*110")  # on hold, then in the room
        time.sleep(1.5)
    assert story.listen()["caller"] == {"agent"}
    assert story.states() == []
    assert not [event for event in operator.events if event["event"] == "ringing"]


def test_two_presses_make_one_call_to_the_operator_and_a_cancel_only_ends_a_ring(story: Story) -> None:
    operator = story.operator("operator", "ring")
    story.talk()
    by_desk(story)
    by_second_call(story)
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
    by_keys(story)
    story.said("reached", seconds=60)
    cancel(story)
    time.sleep(1)
    assert story.states().count("cancelled") == 1
    assert story.listen()["operator"] == {"caller", "agent"}


def test_an_operator_who_hangs_up_in_the_moment_of_his_answer_was_reached_and_holds_nothing_up(story: Story) -> None:
    """Every press calls him again, and when the agent hangs up the call is over: nobody waits for one who has left.

    Now and then he is gone before Dial, which called him, has let go of him: Asterisk must survive that.
    """
    port = story.asterisk.settings.port("phones") + OPERATORS["operator"]
    with GoneAtOnce(port, story.asterisk.settings.port("sip")) as phone:
        qualified(story.asterisk, port, "Avail")
        story.talk()
        for nth in range(1, AT_ONCE + 1):
            by_desk(story)
            until(lambda nth=nth: phone.left == nth)
            until(lambda: story.call_id not in story.asterisk.say("dialplan show globals"))
    story.phones["agent"].hang_up()
    assert story.phones["caller"].wait_over(seconds=60)["code"] == 200
    assert len(set(story.reached())) == AT_ONCE

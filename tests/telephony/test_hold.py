"""Hold, fetch back and what follows, by the very AMI actions that cti sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.phone.ear import Heard, hear, write_tone
from tests.patience import LONG, heard_until, until
from tests.telephony.ami_ear import AmiEar
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, AsteriskOnly, FixedSecrets

CALLER_TONE, AGENT_TONE = 440, 1000


@pytest.fixture
def acts(asterisk: AsteriskOnly) -> Iterator[AmiEar]:
    with AmiEar(asterisk.settings, "hotline-actions", FixedSecrets().ami_actions) as ami:
        yield ami


def talk(asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path) -> tuple[str, str, str]:
    """A call in progress, both sides speaking: call id, caller's channel, agent's channel."""
    for phone, tone in ((caller, CALLER_TONE), (desk, AGENT_TONE)):
        phone.play(write_tone(tmp_path / f"{tone}.wav", tone, 5))
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    rung = desk.wait("ringing", seconds=LONG)
    desk.wait_state("confirmed", seconds=LONG)
    listen(caller, tmp_path / "talk.wav", AGENT_TONE, 0.3)
    call_id = next(line.split(": ")[1] for line in rung["headers"] if line.startswith("X-Hotline-Call-Id"))
    names = [line.split("!")[0] for line in asterisk.channels()]
    return (
        call_id,
        next(name for name in names if name.startswith("PJSIP/test-citizen")),
        next(name for name in names if name.startswith("PJSIP/1001")),
    )


def hold(acts: AmiEar, call_id: str, caller: str, agent: str) -> None:
    """The caller to the music, the agent into the room."""
    done = acts.ask(
        Action="Redirect", Channel=caller, Context="hl-hold", Exten="s", Priority="1",
        ExtraChannel=agent, ExtraContext="hl-room-staff", ExtraExten=call_id, ExtraPriority="1",
    )  # fmt: skip
    assert done["Response"] == "Success"


def fetch_back(acts: AmiEar, caller: str) -> None:
    done = acts.ask(Action="Redirect", Channel=caller, Context="hl-room-caller", Exten="s", Priority="1")
    assert done["Response"] == "Success"


def listen(phone: Phone, file: Path, tone: float, seconds: float) -> Heard:
    """What the phone hears from now on until it has heard so much of this tone, or far too long nothing of it."""
    phone.record(file)
    heard_until(file, lambda heard: heard.tone_seconds(tone) > seconds)
    phone.stop_recording()
    return hear(file)


def test_held_caller_hears_music_then_the_agent_again_and_both_recordings_go_on(
    asterisk: AsteriskOnly, acts: AmiEar, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    call_id, caller_channel, agent_channel = talk(asterisk, caller, desk, tmp_path)
    hold(acts, call_id, caller_channel, agent_channel)
    held = listen(caller, tmp_path / "held.wav", MUSIC_TONE, 2.5)
    assert held.tone_seconds(MUSIC_TONE) > 2
    assert held.part(-2).tone_seconds(AGENT_TONE) < 0.2
    fetch_back(acts, caller_channel)
    back = listen(caller, tmp_path / "back.wav", AGENT_TONE, 2.0)
    assert back.tone_seconds(AGENT_TONE) > 1.6
    assert back.part(-1.6).tone_seconds(MUSIC_TONE) < 0.2
    assert listen(desk, tmp_path / "desk.wav", CALLER_TONE, 1.0).tone_seconds(CALLER_TONE) > 0.5
    # A second hold and fetch, now from the room.
    again_held = acts.ask(Action="Redirect", Channel=caller_channel, Context="hl-hold", Exten="s", Priority="1")
    assert again_held["Response"] == "Success"
    assert listen(caller, tmp_path / "held2.wav", MUSIC_TONE, 1.0).tone_seconds(MUSIC_TONE) > 0.5
    fetch_back(acts, caller_channel)
    assert listen(caller, tmp_path / "end.wav", AGENT_TONE, 2.0).tone_seconds(AGENT_TONE) > 1.6
    caller.hang_up()
    assert desk.wait_over(seconds=LONG)["code"] == 200
    for file in asterisk.recordings.rglob(f"{call_id}.*.sln"):
        assert hear(file).part(-1.5).tone_seconds(CALLER_TONE) > 0.5, file.name
        assert hear(file).part(-1.5).tone_seconds(AGENT_TONE) > 0.5, file.name


def test_agent_who_hangs_up_while_the_caller_is_held_leaves_him_with_a_good_bye(
    asterisk: AsteriskOnly, acts: AmiEar, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    call_id, caller_channel, agent_channel = talk(asterisk, caller, desk, tmp_path)
    hold(acts, call_id, caller_channel, agent_channel)
    listen(caller, tmp_path / "held.wav", MUSIC_TONE, 0.5)
    caller.record(tmp_path / "heard.wav")
    desk.hang_up()
    caller.wait_over(seconds=LONG)
    caller.stop_recording()
    assert hear(tmp_path / "heard.wav").tone_seconds(PROMPT_TONES["goodbye"]) > 1.0


def test_agent_lost_from_the_room_puts_the_caller_into_that_agents_own_queue(
    asterisk: AsteriskOnly, acts: AmiEar, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    call_id, caller_channel, agent_channel = talk(asterisk, caller, desk, tmp_path)
    hold(acts, call_id, caller_channel, agent_channel)
    listen(caller, tmp_path / "held.wav", MUSIC_TONE, 0.3)
    fetch_back(acts, caller_channel)
    listen(caller, tmp_path / "back.wav", AGENT_TONE, 0.3)
    desk.when_called(486)
    asterisk.leave("1001")
    caller.record(tmp_path / "heard.wav")
    acts.ask(Action="Hangup", Channel=agent_channel, Cause="44")
    until(lambda: caller_channel in asterisk.say("queue show hlp-1001"), "the caller waits for the same agent")
    caller.stop_recording()
    assert hear(tmp_path / "heard.wav").tone_seconds(PROMPT_TONES["agent_lost"]) > 1.0


def test_agent_who_vanishes_in_the_very_moment_of_the_hold_does_not_trap_the_caller(
    asterisk: AsteriskOnly, acts: AmiEar, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    call_id, caller_channel, agent_channel = talk(asterisk, caller, desk, tmp_path)
    desk.when_called(486)
    asterisk.leave("1001")
    hold(acts, call_id, caller_channel, agent_channel)
    acts.ask(Action="Hangup", Channel=agent_channel, Cause="44")
    until(lambda: caller_channel in asterisk.say("queue show hlp-1001"), "the caller waits for the same agent")


def test_neither_account_may_do_what_it_does_not_need(asterisk: AsteriskOnly, acts: AmiEar) -> None:
    refused = (
        {"Action": "Command", "Command": "core show version"},
        {"Action": "GetConfig", "Filename": "pjsip.conf"},
        {"Action": "Originate", "Channel": "Local/600@from-desk", "Application": "System", "Data": "id"},
        {"Action": "CoreShowChannels"},
    )
    for action in refused:
        assert acts.ask(**action)["Response"] == "Error", action
    with AmiEar(asterisk.settings, "hotline-events", FixedSecrets().ami_events) as hears:
        for action in refused[:3]:
            assert hears.ask(**action)["Response"] == "Error", action
        for name in ("CoreShowChannels", "QueueStatus", "QueueSummary", "BridgeList", "DeviceStateList", "Ping"):
            assert hears.ask(Action=name)["Response"] == "Success", name
        redirect = hears.ask(Action="Redirect", Channel="x", Context="hl-hold", Exten="s", Priority="1")
        assert redirect["Response"] == "Error"

"""With ivr and cti absent, a caller still hears something at once and still reaches a person."""

from __future__ import annotations

import time
from pathlib import Path

from hotline.phone.client import Phone
from hotline.phone.ear import hear, write_tone
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, AsteriskOnly

CALLER_TONE, AGENT_TONE = 440, 1000


def test_with_ivr_absent_the_caller_hears_a_prompt_within_two_seconds_and_waits_in_the_general_queue(
    asterisk: AsteriskOnly, caller: Phone, tmp_path: Path
) -> None:
    caller.record(tmp_path / "heard.wav")
    begun = time.monotonic()
    caller.call(asterisk.address(), number="13800000001", name="市民")
    answered = caller.wait_answered()["at"] - begun
    time.sleep(4.5)
    assert "PJSIP/test-citizen" in asterisk.say("queue show hl-general")
    caller.hang_up()
    caller.wait_over()
    caller.stop_recording()
    heard = hear(tmp_path / "heard.wav")
    assert answered < 0.5
    first = heard.first_heard()
    assert first is not None
    assert first < 2.0
    assert heard.tone_seconds(PROMPT_TONES["fallback"]) > 1.0
    assert heard.tone_seconds(PROMPT_TONES["queue_youarenext"]) > 1.0
    assert heard.tone_seconds(MUSIC_TONE) > 0.5


def test_a_beat_without_an_ivr_behind_it_costs_the_caller_less_than_two_seconds(
    asterisk: AsteriskOnly, caller: Phone, tmp_path: Path
) -> None:
    asterisk.beat()
    caller.record(tmp_path / "heard.wav")
    caller.call(asterisk.address(), number="13800000001")
    caller.wait_answered()
    time.sleep(2.2)
    caller.stop_recording()
    assert hear(tmp_path / "heard.wav").part(0, 2.2).tone_seconds(PROMPT_TONES["fallback"]) > 1.0


def test_caller_and_agent_hear_each_other_and_both_recordings_hold_both_voices(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    for phone, tone in ((caller, CALLER_TONE), (desk, AGENT_TONE)):
        phone.play(write_tone(tmp_path / f"{tone}.wav", tone, 5))
        phone.record(tmp_path / f"heard-by-{tone}.wav")
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    rung = desk.wait("ringing", seconds=10)
    desk.wait_state("confirmed")
    time.sleep(4)
    desk.hang_up()
    caller.wait_over(seconds=6)
    for phone in (caller, desk):
        phone.stop_recording()
    assert hear(tmp_path / f"heard-by-{CALLER_TONE}.wav").tone_seconds(AGENT_TONE) > 3.0
    assert hear(tmp_path / f"heard-by-{AGENT_TONE}.wav").tone_seconds(CALLER_TONE) > 3.0
    call_id = next(line.split(": ")[1] for line in rung["headers"] if line.startswith("X-Hotline-Call-Id"))
    files = sorted(asterisk.recordings.rglob(f"{call_id}.*.sln"))
    assert [file.name.split(".")[2].split("-")[0] for file in files] == ["agent", "caller"]
    for file in files:
        assert hear(file).tone_seconds(CALLER_TONE) > 3.0
        assert hear(file).tone_seconds(AGENT_TONE) > 3.0


def test_agent_who_hangs_up_leaves_the_caller_with_a_good_bye(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    desk.wait_state("confirmed", seconds=10)
    caller.record(tmp_path / "heard.wav")
    time.sleep(0.5)
    desk.hang_up()
    assert caller.wait_over(seconds=6)["code"] == 200
    caller.stop_recording()
    assert hear(tmp_path / "heard.wav").tone_seconds(PROMPT_TONES["goodbye"]) > 1.0


def test_caller_whose_agent_is_lost_is_told_so_and_goes_to_the_head_of_the_queue(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, second_desk: Phone, tmp_path: Path
) -> None:
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    desk.wait_state("confirmed", seconds=10)
    with Phone.of(asterisk.settings, 5) as other:
        other.call(asterisk.address(), number="13800000002")
        other.wait_answered()
        time.sleep(2.5)
        caller.record(tmp_path / "heard.wav")
        lost = next(line.split("!")[0] for line in asterisk.channels() if line.startswith("PJSIP/1001"))
        asterisk.leave("1001")
        # What cti does when a desk's browser is gone: hang up its leg with cause 44.
        _hang_up(asterisk, lost, cause=44)
        time.sleep(3)
        assert "Up" in asterisk.say("queue show hl-general") or "1. " in asterisk.say("queue show hl-general")
        asterisk.join("1002")
        rung = second_desk.wait("ringing", seconds=10)
        assert any("13800000001" in line for line in rung["headers"] if line.startswith("From:"))
        caller.stop_recording()
    assert hear(tmp_path / "heard.wav").tone_seconds(PROMPT_TONES["agent_lost"]) > 1.0


def _hang_up(asterisk: AsteriskOnly, channel: str, *, cause: int) -> None:
    from tests.telephony.ami_ear import AmiEar
    from tests.telephony.asterisk_only import FixedSecrets

    with AmiEar(asterisk.settings, "hotline-actions", FixedSecrets().ami_actions) as ami:
        assert ami.ask(Action="Hangup", Channel=channel, Cause=str(cause))["Response"] == "Success"

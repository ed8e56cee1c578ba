"""With ivr and cti absent, a caller still hears something at once and still reaches a person."""

from __future__ import annotations

from pathlib import Path

from hotline.phone.client import Phone
from hotline.phone.ear import hear, write_tone
from tests.patience import LONG, best_of, heard_until, until
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, AsteriskOnly

CALLER_TONE, AGENT_TONE = 440, 1000
YOU_ARE_NEXT = PROMPT_TONES["queue_youarenext"]


def test_with_ivr_absent_the_caller_hears_a_prompt_within_two_seconds_and_waits_in_the_general_queue(
    asterisk: AsteriskOnly, caller: Phone, tmp_path: Path
) -> None:
    assert best_of(3, lambda _: seconds_to_the_prompt(asterisk, caller, tmp_path / "heard.wav"), good=2.0) < 2.0


def seconds_to_the_prompt(asterisk: AsteriskOnly, caller: Phone, file: Path) -> float:
    """From dialling to the first sound of a caller who hears the fallback, then the queue's words and its music."""
    caller.record(file)
    caller.call(asterisk.address(), number="13800000001", name="市民")
    caller.wait_answered(seconds=LONG)
    assert asterisk.wait_queued() == "general"
    heard = heard_until(file, lambda h: h.tone_seconds(MUSIC_TONE) > 0.5 and h.tone_seconds(YOU_ARE_NEXT) > 1.0)
    caller.hang_up()
    caller.wait_over(seconds=LONG)
    caller.stop_recording()
    asterisk.wait_idle()
    assert heard.tone_seconds(PROMPT_TONES["fallback"]) > 1.0
    assert heard.tone_seconds(YOU_ARE_NEXT) > 1.0
    assert heard.tone_seconds(MUSIC_TONE) > 0.5
    first = heard.first_heard()
    assert first is not None
    return first


def test_a_beat_without_an_ivr_behind_it_costs_the_caller_less_than_two_seconds(
    asterisk: AsteriskOnly, caller: Phone, tmp_path: Path
) -> None:
    def seconds_with_a_beat(_: int) -> float:
        asterisk.beat()
        return seconds_to_the_prompt(asterisk, caller, tmp_path / "heard.wav")

    assert best_of(3, seconds_with_a_beat, good=2.0) < 2.0


def test_caller_and_agent_hear_each_other_and_both_recordings_hold_both_voices(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    for phone, tone in ((caller, CALLER_TONE), (desk, AGENT_TONE)):
        phone.play(write_tone(tmp_path / f"{tone}.wav", tone, 5))
        phone.record(tmp_path / f"heard-by-{tone}.wav")
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    rung = desk.wait("ringing", seconds=LONG)
    desk.wait_state("confirmed", seconds=LONG)
    for tone, other in ((CALLER_TONE, AGENT_TONE), (AGENT_TONE, CALLER_TONE)):
        heard_until(tmp_path / f"heard-by-{tone}.wav", lambda heard, other=other: heard.tone_seconds(other) > 3.5)
    desk.hang_up()
    caller.wait_over(seconds=LONG)
    for phone in (caller, desk):
        phone.stop_recording()
    assert hear(tmp_path / f"heard-by-{CALLER_TONE}.wav").tone_seconds(AGENT_TONE) > 3.0
    assert hear(tmp_path / f"heard-by-{AGENT_TONE}.wav").tone_seconds(CALLER_TONE) > 3.0
    call_id = next(line.split(": ")[1] for line in rung["headers"] if line.startswith("X-Hotline-Call-Id"))
    files = sorted(asterisk.recordings.rglob(f"{call_id}.*.sln"))
    assert [file.name.split(".")[2].split("-")[0] for file in files] == ["agent", "caller"]
    for file in files:
        recorded = heard_until(file, lambda heard: heard.tone_seconds(AGENT_TONE) > 3.0)
        assert recorded.tone_seconds(CALLER_TONE) > 3.0
        assert recorded.tone_seconds(AGENT_TONE) > 3.0


def test_agent_who_hangs_up_leaves_the_caller_with_a_good_bye(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    desk.wait_state("confirmed", seconds=LONG)
    caller.record(tmp_path / "heard.wav")
    heard_until(tmp_path / "heard.wav", lambda heard: heard.seconds > 0.5)
    desk.hang_up()
    assert caller.wait_over(seconds=LONG)["code"] == 200
    caller.stop_recording()
    assert hear(tmp_path / "heard.wav").tone_seconds(PROMPT_TONES["goodbye"]) > 1.0


def test_caller_whose_agent_is_lost_is_told_so_waits_for_him_a_while_and_goes_to_the_head_of_the_queue(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, second_desk: Phone, tmp_path: Path
) -> None:
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    desk.wait_state("confirmed", seconds=LONG)
    with Phone.of(asterisk.settings, 5) as other:
        other.call(asterisk.address(), number="13800000002")
        other.wait_answered(seconds=LONG)
        asterisk.wait_queued()
        caller.record(tmp_path / "heard.wav")
        lost = next(line.split("!")[0] for line in asterisk.channels() if line.startswith("PJSIP/1001"))
        # The agent's page comes back and does not take him.
        desk.when_called(486)
        asterisk.leave("1001")
        # What cti does when a desk's browser is gone: hang up its leg with cause 44.
        _hang_up(asterisk, lost, cause=44)
        desk.wait("ringing", seconds=LONG)
        assert "test-citizen" in asterisk.say("queue show hlp-1001")
        until(lambda: "test-citizen" not in asterisk.say("queue show hlp-1001"), "his own queue is over")
        until(lambda: asterisk.say("queue show hl-general").count("PJSIP/test-citizen") == 2, "both wait")
        caller.stop_recording()
        asterisk.join("1002")
        rung = second_desk.wait("ringing", seconds=LONG)
        assert any("13800000001" in line for line in rung["headers"] if line.startswith("From:"))
    assert hear(tmp_path / "heard.wav").tone_seconds(PROMPT_TONES["agent_lost"]) > 1.0


def _hang_up(asterisk: AsteriskOnly, channel: str, *, cause: int) -> None:
    from tests.telephony.ami_ear import AmiEar
    from tests.telephony.asterisk_only import FixedSecrets

    with AmiEar(asterisk.settings, "hotline-actions", FixedSecrets().ami_actions) as ami:
        assert ami.ask(Action="Hangup", Channel=channel, Cause=str(cause))["Response"] == "Success"

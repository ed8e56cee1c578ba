"""What nobody may do, and what the dialplan must be able to do, asked of a running Asterisk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotline.phone import cli
from hotline.phone.client import Phone, PhoneFailed
from hotline.phone.ear import write_tone
from hotline.runtime import agents_config
from hotline.runtime.agents_config import PHONE, Desk
from tests.patience import LONG, heard_until, until
from tests.telephony.asterisk_only import AsteriskOnly
from tests.telephony.conftest import DESKS

BUILT_IN = {"Answer", "Goto", "GotoIf", "Hangup", "Set", "Wait"}


def test_every_application_and_function_of_the_dialplan_is_loaded(asterisk: AsteriskOnly) -> None:
    text = (asterisk.settings.home / "etc/asterisk/extensions.conf").read_text("utf-8")
    applications = set(re.findall(r"(?:,1|n(?:\(\w+\))?),(\w+)\(", text)) | set(re.findall(r"\?(\w+)\(", text))
    functions = set(re.findall(r"\$\{([A-Z_]+)\(", text)) | set(re.findall(r"Set\(([A-Z_]+)\(", text))
    assert applications >= BUILT_IN
    for name in applications:
        assert "application(s) is (are) not registered" not in asterisk.say(f"core show application {name}"), name
    for name in functions:
        assert "No function by that name" not in asterisk.say(f"core show function {name}"), name


def test_asterisk_starts_without_a_warning(asterisk: AsteriskOnly) -> None:
    start = asterisk.log().split("Asterisk Ready")[0]
    assert not re.search(r"\] (WARNING|ERROR)\[", start)


def test_a_caller_who_dials_a_test_phone_an_agent_or_110_reaches_the_hotline_instead(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone
) -> None:
    desk.when_called("ring")
    for number in ("990071", "1001", "110", "0051288001234"):
        caller.call(asterisk.address(number), number="13800000001")
        caller.wait_answered(seconds=LONG)
        assert asterisk.wait_queued() == "general"
        (only,) = asterisk.channels()
        assert only.split("!")[1].startswith("hl-")
        caller.hang_up()
        caller.wait_over(seconds=LONG)
        asterisk.wait_idle()
    assert not [event for event in desk.events if event["event"] == "ringing"]


def test_a_desk_may_dial_the_echo_and_nothing_else(asterisk: AsteriskOnly, desk: Phone, tmp_path: Path) -> None:
    for number in ("110", "13800000001", "990070", "1002", "12345", "s"):
        desk.call(asterisk.address(number), number="1001", line="registered")
        assert desk.wait_over(seconds=LONG)["code"] == 404, number
    desk.play(write_tone(tmp_path / "tone.wav", 440, 3))
    desk.record(tmp_path / "echo.wav")
    desk.call(asterisk.address("600"), number="1001", line="registered")
    desk.wait_answered(seconds=LONG)
    assert heard_until(tmp_path / "echo.wav", lambda heard: heard.tone_seconds(440) > 0.7).tone_seconds(440) > 0.7
    desk.hang_up()
    desk.wait_over(seconds=LONG)
    desk.stop_recording()


def test_a_wrong_password_signs_nobody_on(asterisk: AsteriskOnly) -> None:
    with Phone.of(asterisk.settings, 3) as stranger, pytest.raises(PhoneFailed):
        stranger.register("1001", "guessed", f"127.0.0.1:{asterisk.settings.port('sip')}", seconds=2)
    assert "Avail" not in asterisk.say("pjsip show aor 1001")


def test_a_new_desk_is_usable_without_touching_a_call_in_progress(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path
) -> None:
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001")
    desk.wait_state("confirmed", seconds=LONG)
    new = Desk(agent="1009", extension="1009", name="新来", password="desk-1009-for-tests", device=PHONE)  # noqa: S106
    assert agents_config.apply(asterisk.settings, [*DESKS, new], asterisk.say)
    assert not agents_config.apply(asterisk.settings, [*DESKS, new], asterisk.say)
    with Phone.of(asterisk.settings, 4) as phone:
        # Before its endpoint is there a desk is refused like any stranger.
        until(lambda: "1009" in asterisk.say("pjsip show endpoints"), "the new desk's endpoint")
        phone.register("1009", new.password, f"127.0.0.1:{asterisk.settings.port('sip')}", seconds=LONG)
    assert len(asterisk.channels()) == 2
    assert "Avail" in asterisk.say("pjsip show aor 1001") or "1001" in asterisk.say("pjsip show contacts")
    agents_config.apply(asterisk.settings, DESKS, asterisk.say)


def test_the_simulated_citizen_says_that_he_was_answered_and_heard_something(
    asterisk: AsteriskOnly, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--expect", "menu", "--hangup-after", "2", "--from", "13800000001", "--name", '王 "小" 明']
    assert cli.main(words, asterisk.settings) == 0
    said = capsys.readouterr().out
    assert "毫秒后接通" in said
    assert "结果: 成功" in said


def test_the_simulated_citizen_does_not_claim_an_agent_that_he_cannot_see(
    asterisk: AsteriskOnly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--expect", "agent", "--wait", "1"], asterisk.settings) == 1
    assert "结果: 失败" in capsys.readouterr().out

"""Asterisk killed in mid-call: what was said until then is kept, and it can be heard."""

from __future__ import annotations

import time
from pathlib import Path

from hotline.phone.client import Phone
from hotline.phone.ear import hear, write_tone
from tests.telephony.asterisk_only import AsteriskOnly
from tests.telephony.conftest import DESKS, PORT_BASE


def test_after_kill_9_both_recordings_miss_less_than_a_second_and_a_half_and_hold_both_voices(
    place: Path, tmp_path: Path
) -> None:
    changes = {"HOTLINE_ASSETS": str(place / "assets")}
    with AsteriskOnly(place / "crash", PORT_BASE, desks=DESKS, changes=changes) as asterisk:
        caller, desk = Phone.of(asterisk.settings, 0), Phone.of(asterisk.settings, 1)
        with caller, desk:
            desk.register("1001", DESKS[0].password, f"127.0.0.1:{asterisk.settings.port('sip')}")
            caller.play(write_tone(tmp_path / "440.wav", 440, 5))
            desk.play(write_tone(tmp_path / "1000.wav", 1000, 5))
            asterisk.join("1001")
            caller.call(asterisk.address(), number="13800000001")
            begun = caller.wait_answered()["at"]
            joined = desk.wait_state("confirmed", seconds=10)["at"]
            time.sleep(6.3)
            asterisk.kill()
            killed = time.monotonic()
        files = {file.name.split(".")[2].split("-")[0]: hear(file) for file in asterisk.recordings.rglob("*.sln")}
        since = {"caller": begun, "agent": joined}
        missing = {role: killed - since[role] - heard.seconds for role, heard in files.items()}
        assert sorted(missing) == ["agent", "caller"]
        assert max(missing.values()) < 1.5, missing
        for file in files.values():
            assert file.tone_seconds(440) > 3
            assert file.tone_seconds(1000) > 3


def test_asterisk_is_back_within_ten_seconds_of_a_crash_and_takes_calls(place: Path, tmp_path: Path) -> None:
    changes = {"HOTLINE_ASSETS": str(place / "assets")}
    with AsteriskOnly(place / "crash2", PORT_BASE, desks=DESKS, changes=changes) as asterisk:  # noqa: SIM117
        with Phone.of(asterisk.settings, 1) as desk, Phone.of(asterisk.settings, 0) as caller:
            desk.register("1001", DESKS[0].password, f"127.0.0.1:{asterisk.settings.port('sip')}")
            asterisk.join("1001")
            time.sleep(1.5)  # Asterisk writes its own small database once a second
            asterisk.kill()
            begun = time.monotonic()
            asterisk.start()
            caller.call(asterisk.address(), number="13800000001")
            desk.wait("ringing", seconds=10)
            assert time.monotonic() - begun < 10

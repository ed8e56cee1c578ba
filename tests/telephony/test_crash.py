"""Asterisk killed in mid-call: what was said until then is kept, and it can be heard."""

from __future__ import annotations

import time
from pathlib import Path

from hotline.phone.client import Phone
from hotline.phone.ear import hear, write_tone
from tests.patience import LONG, best_of
from tests.telephony.asterisk_only import AsteriskOnly
from tests.telephony.conftest import DESKS


def test_after_kill_9_both_recordings_miss_less_than_a_second_and_a_half_and_hold_both_voices(
    place: Path, tmp_path: Path
) -> None:
    missing = best_of(3, lambda number: seconds_missing_after_kill(place / f"crash{number}", tmp_path), good=1.5)
    assert missing < 1.5


def seconds_missing_after_kill(home: Path, tmp_path: Path) -> float:
    """What the shorter recording lacks of a call in which Asterisk was killed; both voices are on both."""
    with AsteriskOnly(home, desks=DESKS, changes={"HOTLINE_ASSETS": str(home.parent / "assets")}) as asterisk:
        with Phone.of(asterisk.settings, 0) as caller, Phone.of(asterisk.settings, 1) as desk:
            desk.register("1001", DESKS[0].password, f"127.0.0.1:{asterisk.settings.port('sip')}", seconds=LONG)
            caller.play(write_tone(tmp_path / "440.wav", 440, 5))
            desk.play(write_tone(tmp_path / "1000.wav", 1000, 5))
            asterisk.join("1001")
            caller.call(asterisk.address(), number="13800000001")
            begun = caller.wait_answered(seconds=LONG)["at"]
            joined = desk.wait_state("confirmed", seconds=LONG)["at"]
            time.sleep(6.3)
            killed = time.monotonic()
            asterisk.kill()
        files = {file.name.split(".")[2].split("-")[0]: hear(file) for file in asterisk.recordings.rglob("*.sln")}
        since = {"caller": begun, "agent": joined}
        missing = {role: killed - since[role] - heard.seconds for role, heard in files.items()}
        assert sorted(missing) == ["agent", "caller"]
        for file in files.values():
            assert file.tone_seconds(440) > 3
            assert file.tone_seconds(1000) > 3
        return max(missing.values())


def test_after_a_crash_asterisk_remembers_its_queues_and_lines_and_takes_calls(place: Path, tmp_path: Path) -> None:
    changes = {"HOTLINE_ASSETS": str(place / "assets")}
    with AsteriskOnly(place / "restarted", desks=DESKS, changes=changes) as asterisk:  # noqa: SIM117
        with Phone.of(asterisk.settings, 1) as desk, Phone.of(asterisk.settings, 0) as caller:
            desk.register("1001", DESKS[0].password, f"127.0.0.1:{asterisk.settings.port('sip')}", seconds=LONG)
            asterisk.join("1001")
            time.sleep(3)  # Asterisk writes its own small database once a second
            asterisk.kill()
            asterisk.start()
            caller.call(asterisk.address(), number="13800000001")
            # A line with a qualify time is asked at a random moment within it before it counts as reachable.
            desk.wait("ringing", seconds=LONG)

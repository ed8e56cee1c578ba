"""Stories of callers with real phones: a real Asterisk, the rendered dialplan, and the real ivr process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.phone.ear import hear, write_tone
from hotline.runtime import probe
from hotline.settings import PROJECT, Settings
from tests.ivr.menus import MAIN
from tests.patience import LONG, heard_until, until
from tests.telephony.asterisk_only import PROMPT_TONES, AsteriskOnly

GREETING_TONE, GREETING_S = 1500, 6.0


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that Asterisk's own user can reach, with a path short enough for a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="hl-ivr-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def asterisk(place: Path) -> Iterator[AsteriskOnly]:
    changes = {"HOTLINE_ASSETS": str(place / "assets")}
    by_key = place / "assets/prompts/zh/by-key"
    by_key.mkdir(parents=True)
    for step in MAIN.steps.values():
        for key in step.prompts():
            write_tone(by_key / f"{key}.wav", GREETING_TONE, GREETING_S)
    with AsteriskOnly(place / "home", changes=changes) as running:
        yield running


@pytest.fixture
def ivr(asterisk: AsteriskOnly) -> Iterator[subprocess.Popen[bytes]]:
    """The ivr process, and beside it the heartbeat that the supervisor would keep."""
    settings = asterisk.settings
    given = {"HOME": settings.home, "PORT_BASE": settings.port_base, "ASSETS": settings.assets_dir}
    process = subprocess.Popen(
        [sys.executable, "-m", "hotline.run", "ivr"],
        env=os.environ | {f"HOTLINE_{name}": str(value) for name, value in given.items()},
        cwd=PROJECT,
    )
    stop = threading.Event()
    beating = threading.Thread(target=_beat, args=(settings, stop), daemon=True)
    try:
        _wait_until_beating(settings, beating)
        yield process
    finally:
        stop.set()
        beating.join(5)
        process.send_signal(signal.SIGCONT)
        process.terminate()
        assert process.wait(LONG) is not None
        asterisk.say("channel request hangup all")


@pytest.fixture
def caller(ivr: subprocess.Popen[bytes], asterisk: AsteriskOnly) -> Iterator[Phone]:
    with Phone.of(asterisk.settings, 0) as phone:
        phone.call(asterisk.address(), number="13800000001", name="市民")
        phone.wait_answered(seconds=LONG)
        yield phone


def _beat(settings: Settings, stop: threading.Event) -> None:
    import asyncio

    while not stop.wait(0.5):
        if asyncio.run(probe.answers(settings.port("fastagi"))):
            probe.touch(settings.home / "run/beat")


def _wait_until_beating(settings: Settings, beating: threading.Thread) -> None:
    beat = settings.home / "run/beat"
    beat.unlink(missing_ok=True)
    beating.start()
    until(beat.exists, "ivr answers the probe")


def test_key_three_during_the_greeting_ends_it_and_reaches_the_enterprise_queue(
    caller: Phone, asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    caller.record(tmp_path / "heard.wav")
    heard_until(tmp_path / "heard.wav", lambda heard: heard.tone_seconds(GREETING_TONE) > 0.5)
    caller.press("3")
    assert asterisk.wait_queued() == "enterprise"
    caller.stop_recording()
    assert 0.5 < hear(tmp_path / "heard.wav").tone_seconds(GREETING_TONE) < GREETING_S - 1.0


def test_caller_who_presses_nothing_hears_the_greeting_and_waits_in_the_general_queue(
    caller: Phone, asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    caller.record(tmp_path / "heard.wav")
    assert asterisk.wait_queued() == "general"
    caller.stop_recording()
    heard = hear(tmp_path / "heard.wav")
    assert heard.tone_seconds(GREETING_TONE) > GREETING_S / 2
    assert heard.tone_seconds(PROMPT_TONES["fallback"]) < 0.2


def test_after_hash_star_and_a_wrong_key_the_next_key_still_counts(caller: Phone, asterisk: AsteriskOnly) -> None:
    for digit in "#*7":
        time.sleep(0.7)
        caller.press(digit)
    time.sleep(0.7)
    caller.press("3")
    assert asterisk.wait_queued() == "enterprise"


def test_caller_of_a_killed_ivr_is_taken_over_by_the_fallback(
    caller: Phone, ivr: subprocess.Popen[bytes], asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    caller.record(tmp_path / "heard.wav")
    heard_until(tmp_path / "heard.wav", lambda heard: heard.tone_seconds(GREETING_TONE) > 0.5)
    ivr.kill()
    assert asterisk.wait_queued() == "general"
    heard = heard_until(tmp_path / "heard.wav", lambda heard: heard.tone_seconds(PROMPT_TONES["fallback"]) > 1.0)
    assert heard.tone_seconds(PROMPT_TONES["fallback"]) > 1.0
    assert heard.tone_seconds(GREETING_TONE) < GREETING_S - 1.0

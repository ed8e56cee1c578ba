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
from tests.telephony.asterisk_only import PROMPT_TONES, AsteriskOnly

PORT_BASE = int(os.environ.get("HOTLINE_IVR_TEST_PORT_BASE", "20000"))
GREETING_TONE, GREETING_S = 1500, 3.0


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
    with AsteriskOnly(place / "home", PORT_BASE, changes=changes) as running:
        yield running


@pytest.fixture
def ivr(asterisk: AsteriskOnly) -> Iterator[subprocess.Popen[bytes]]:
    """The ivr process, and beside it the heartbeat that the supervisor would keep."""
    settings = asterisk.settings
    given = {"HOTLINE_HOME": settings.home, "HOTLINE_PORT_BASE": PORT_BASE, "HOTLINE_ASSETS": settings.assets_dir}
    process = subprocess.Popen(
        [sys.executable, "-m", "hotline.run", "ivr"],
        env=os.environ | {name: str(value) for name, value in given.items()},
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
        assert process.wait(5) is not None
        asterisk.say("channel request hangup all")


@pytest.fixture
def caller(ivr: subprocess.Popen[bytes], asterisk: AsteriskOnly) -> Iterator[Phone]:
    with Phone.of(asterisk.settings, 0) as phone:
        phone.call(asterisk.address(), number="13800000001", name="市民")
        phone.wait_answered()
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
    deadline = time.monotonic() + 10
    while not beat.exists():
        assert time.monotonic() < deadline, "ivr did not answer the probe"
        time.sleep(0.1)


def _waits_in(asterisk: AsteriskOnly, queue: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if "PJSIP/test-citizen" in asterisk.say(f"queue show hl-{queue}"):
            return True
        time.sleep(0.1)
    return False


def test_key_three_during_the_greeting_reaches_the_enterprise_queue(caller: Phone, asterisk: AsteriskOnly) -> None:
    time.sleep(1)
    caller.press("3")
    assert _waits_in(asterisk, "enterprise", 1.5)


def test_caller_who_presses_nothing_hears_the_greeting_and_waits_in_the_general_queue(
    caller: Phone, asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    caller.record(tmp_path / "heard.wav")
    assert _waits_in(asterisk, "general", GREETING_S + 5)
    caller.stop_recording()
    heard = hear(tmp_path / "heard.wav")
    assert heard.tone_seconds(GREETING_TONE) > GREETING_S - 1.0
    assert heard.tone_seconds(PROMPT_TONES["fallback"]) < 0.2


def test_hash_star_and_a_wrong_key_do_not_lose_the_caller(caller: Phone, asterisk: AsteriskOnly) -> None:
    for digit in "#*7":
        time.sleep(0.7)
        caller.press(digit)
    time.sleep(0.7)
    caller.press("0")
    assert _waits_in(asterisk, "general", 2)


def test_caller_of_a_killed_ivr_is_taken_over_by_the_fallback(
    caller: Phone, ivr: subprocess.Popen[bytes], asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    caller.record(tmp_path / "heard.wav")
    time.sleep(1)
    ivr.kill()
    assert _waits_in(asterisk, "general", 5)
    caller.stop_recording()
    assert hear(tmp_path / "heard.wav").tone_seconds(PROMPT_TONES["fallback"]) > 1.0

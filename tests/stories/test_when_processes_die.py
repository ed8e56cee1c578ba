"""Our own processes die, hang or are absent: the citizen hears something and reaches a person."""

from __future__ import annotations

import contextlib
import fcntl
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from hotline.phone.ear import hear
from hotline.runtime import asterisk
from hotline.trial import Trial
from tests.patience import HELD_UP, LONG

pytestmark = [pytest.mark.real, pytest.mark.browser]


@contextlib.contextmanager
def kept_dead(hotline: Trial, process: str) -> Iterator[None]:
    """Kill `process` and hold its lock: whoever is started in its place, or has waited for it, is refused."""
    with (hotline.settings.home / f"run/{process}.lock").open() as lock:
        waits = threading.Thread(target=fcntl.flock, args=(lock, fcntl.LOCK_EX), daemon=True)
        waits.start()
        time.sleep(0.2)
        assert waits.is_alive(), f"{process} held no lock"
        hotline.signal(process, signal.SIGKILL)
        waits.join(LONG)
        yield


def reachable(hotline: Trial) -> str:
    """Lines of Asterisk's contact table that are reachable over a connection of this life of Asterisk."""
    with contextlib.suppress(asterisk.ConsoleFailed):
        lines = asterisk.console(hotline.settings, "pjsip show contacts").splitlines()
        return "\n".join(line for line in lines if "Avail" in line)
    return ""


def test_ivr_absent_the_caller_hears_the_fallback_and_reaches_an_agent(healthy, desk, citizen, book, tmp_path):
    page = desk("1001")
    with kept_dead(healthy, "ivr"):
        time.sleep(4)
        phone = citizen()
        page.wait_mark("call", "ringing")
        page.answer_and_hear()
        phone.stop_recording()
        phone.hang_up()
        call = book.last_call(outcome="answered")
    assert (call["queue"], call["fallback"]) == ("general", True)
    assert hear(tmp_path / "heard-1.wav").first_heard() < 2.0 + HELD_UP


def test_ivr_killed_in_mid_menu_the_caller_goes_on_to_an_agent(healthy, desk, citizen, book, tmp_path):
    page = desk("1001")
    phone = citizen()
    time.sleep(1.5)
    healthy.signal("ivr", signal.SIGKILL)
    page.wait_mark("call", "ringing")
    page.answer_and_hear()
    phone.stop_recording()
    phone.hang_up()
    call = book.last_call(outcome="answered")
    assert (call["queue"], call["fallback"]) == ("general", True)
    assert hear(tmp_path / "heard-1.wav").longest_silence() < 2.0 + HELD_UP


def test_ivr_frozen_before_the_call_delays_the_first_word_by_under_six_seconds(
    healthy, desk, citizen, book, tmp_path
):
    page = desk("1001")
    frozen = healthy.signal("ivr", signal.SIGSTOP)
    phone = citizen()
    page.wait_mark("call", "ringing")
    page.answer_and_hear()
    phone.stop_recording()
    phone.hang_up()
    book.last_call(outcome="answered")
    assert hear(tmp_path / "heard-1.wav").first_heard() < 6.0 + HELD_UP
    healthy.wait_up("ivr", other_than=frozen, seconds=LONG)


def test_ivr_frozen_in_mid_menu_lets_the_caller_go_within_six_seconds(healthy, desk, citizen, book, tmp_path):
    page = desk("1001")
    phone = citizen()
    time.sleep(1.0)
    frozen = healthy.signal("ivr", signal.SIGSTOP)
    page.wait_mark("call", "ringing")
    page.answer_and_hear()
    phone.stop_recording()
    phone.hang_up()
    book.last_call(outcome="answered")
    assert hear(tmp_path / "heard-1.wav").longest_silence() < 6.0 + HELD_UP
    healthy.wait_up("ivr", other_than=frozen, seconds=LONG)


def test_cti_killed_during_a_call_the_call_goes_on_and_is_known_again(healthy, desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    killed = healthy.signal("cti", signal.SIGKILL)
    healthy.wait_up("cti", other_than=killed, seconds=LONG)
    page.wait_mark("call", "in-call")
    page.wait_mark("audio", "flowing")
    phone.hang_up()
    call = book.last_call()
    assert (call["outcome"], call["agent_id"]) == ("answered", "1001")


def test_cti_dead_while_asterisk_restarts_a_ready_agent_still_gets_calls(healthy, desk, citizen, book):
    page = desk("1001")
    time.sleep(4)  # Asterisk writes its own database of queue members once a second
    with kept_dead(healthy, "cti"):
        killed = healthy.signal("asterisk", signal.SIGKILL)
        healthy.wait_up("asterisk", other_than=killed, seconds=LONG)
        healthy.wait(lambda: "1001" in reachable(healthy), "the desk's line registered again", 2 * LONG)
        phone = citizen()
        phone.press("3")
        page.answer_and_hear()
    phone.hang_up()


def test_web_dead_for_a_minute_calls_still_reach_the_ready_agent(healthy, desk, citizen, book):
    page = desk("1001")
    with kept_dead(healthy, "web"):
        time.sleep(60)
        phone = citizen()
        phone.press("3")
        page.answer_and_hear()
        phone.hang_up()
        call = book.last_call()
    assert (call["outcome"], call["agent_id"]) == ("answered", "1001")


def test_a_page_reload_during_a_call_keeps_the_caller(desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    page.page.evaluate("() => window.addEventListener('beforeunload', (e) => e.stopImmediatePropagation(), true)")
    page.page.reload()
    page.wait_mark("phone", "registered")
    page.wait_mark("call", "ringing", seconds=2 * LONG)
    page.answer_and_hear()
    assert phone.events[-1]["event"] != "state" or phone.events[-1]["state"] != "disconnected"
    phone.hang_up()
    call = book.last_call()
    assert call["outcome"] == "answered"
    assert "AgentLost" in book.events(call["call_id"])


def test_two_desks_for_one_agent_only_one_is_a_phone(desk):
    first = desk("1001")
    second = desk("1001", ready=False)
    second.wait_mark("mode", "reader")
    second.wait_mark("phone", "lost")
    first.wait_mark("phone", "registered")

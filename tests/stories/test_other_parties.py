"""Others join a call from the desk: a policy specialist, an emergency operator, a listening supervisor."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.phone.ear import Heard, hear, write_tone
from hotline.runtime import asterisk
from hotline.trial import Trial
from tests.proof.proof import Proof
from tests.stories.conftest import AGENT_TONES, CALLER_TONE
from tests.stories.desk import Desk
from tests.stories.voices import OTHER_TONE

pytestmark = [pytest.mark.real, pytest.mark.browser]

CLEAR, ABSENT = -30.0, -45.0
AGENT_TONE = AGENT_TONES["1001"]
SPECIALIST, OPERATOR = 12, 20
"""Test phones: the first number of 劳动关系专员, the first route of 110."""

PickUp = Callable[[int], Phone]


@pytest.fixture
def outside(proof: Proof, healthy: Trial, tmp_path: Path) -> Iterator[PickUp]:
    """`outside(20)`: the test phone of that number; it rings until the story answers, and speaks 700 Hz."""
    phones: list[Phone] = []

    def at(number: int) -> Phone:
        phone = Phone.of(healthy.settings, number)
        phones.append(phone)
        proof.tapes_outside(phone, tmp_path / f"tape-outside-{number}.wav")
        phone.when_called("ring")
        phone.play(write_tone(tmp_path / f"other-{number}.wav", OTHER_TONE, 10.0))
        return phone

    yield at
    for phone in phones:
        phone.quit()


def on_the_route(hotline: Trial, phone: Phone) -> Phone:
    """Asterisk asks its routes every few seconds whether they live: wait until it knows this one."""
    shown = "pjsip show contacts"

    def known() -> bool:
        lines = asterisk.console(hotline.settings, shown).splitlines()
        return any(f":{phone.port} " in line and "Avail" in line for line in lines)

    hotline.wait(known, "a living emergency route", 90)
    return phone


def in_call(desk: Callable[..., Desk], citizen: Callable[..., Phone]) -> tuple[Desk, Phone]:
    page = desk("1001")
    caller = citizen()
    caller.stop_recording()
    caller.press("3")
    page.answer_and_hear()
    return page, caller


def at_the_phone(phone: Phone, file: Path, seconds: float = 1.5) -> Heard:
    """What this phone hears from now on, for so long."""
    phone.record(file)
    time.sleep(seconds)
    phone.stop_recording()
    return hear(file).part(0.3)


def hears(phone: Phone, file: Path, *tones: float, tries: int = 4) -> None:
    """Sooner or later all of these tones are heard at this phone."""
    for _ in range(tries):
        heard = at_the_phone(phone, file)
        if all(heard.tone(tone) > CLEAR for tone in tones):
            return
    assert {tone: heard.tone(tone) for tone in tones} == "all clear"


def ask_specialist(page: Desk, letters: str, entry: str) -> None:
    page.page.keyboard.press("Shift+F8")
    page.page.wait_for_selector("people-picker dialog[open]")
    page.page.fill("#picker-search", letters)
    page.page.wait_for_selector(f".person.at[data-person={entry}]")
    page.page.keyboard.press("Enter")


def test_a_specialist_found_by_initials_accepts_with_1_and_all_three_hear_each_other(desk, citizen, outside, tmp_path):
    page, caller = in_call(desk, citizen)
    specialist = outside(SPECIALIST)
    ask_specialist(page, "ldgx", "laodong")
    page.wait_mark("mode", "asking", "consult", seconds=30)
    specialist.wait("ringing", seconds=60)
    specialist.answer()
    specialist.wait_state("confirmed", seconds=60)
    for _ in range(20):
        specialist.press("1")
        if page.mark("threeway") in {"consulting", "merged"}:
            break
        page.page.wait_for_timeout(1500)
    page.wait_mark("mode", "consult", seconds=30)
    assert page.page.locator('[data-party="specialist"][data-leg-state="up"]').count() == 1
    page.act("merge")
    page.wait_mark("mode", "three-way", seconds=30)
    hears(caller, tmp_path / "caller-three.wav", AGENT_TONE, OTHER_TONE)
    hears(specialist, tmp_path / "specialist-three.wav", AGENT_TONE, CALLER_TONE)
    page.act("leave")
    page.wait_mark("call", "wrap-up", "idle", seconds=30)
    hears(caller, tmp_path / "caller-two.wav", OTHER_TONE)
    caller.hang_up()
    specialist.wait_over(seconds=60)


def test_f10_and_1_rings_the_110_operator_who_stays_when_the_caller_leaves(
    desk, citizen, outside, healthy, tmp_path
):
    page, caller = in_call(desk, citizen)
    operator = on_the_route(healthy, outside(OPERATOR))
    page.page.keyboard.press("F10")
    page.page.wait_for_selector(".sos.armed")
    page.page.keyboard.press("1")
    operator.wait("ringing", seconds=60)
    page.wait_mark("mode", "sos", seconds=30)
    operator.answer()
    operator.wait_state("confirmed", seconds=60)
    page.wait_mark("mode", "sos-up", seconds=30)
    hears(operator, tmp_path / "operator.wav", AGENT_TONE, CALLER_TONE)
    caller.hang_up()
    page.wait_mark("mode", "caller-gone", seconds=30)
    hears(operator, tmp_path / "operator-alone.wav", AGENT_TONE)
    assert page.hear().tone(OTHER_TONE) > CLEAR
    operator.hang_up()
    page.wait_mark("call", "wrap-up", "idle", seconds=30)


def test_with_call_control_frozen_the_phone_itself_reaches_110(desk, citizen, outside, healthy, tmp_path):
    page, caller = in_call(desk, citizen)
    operator = on_the_route(healthy, outside(OPERATOR))
    healthy.signal("cti", signal.SIGSTOP)
    try:
        page.act("sos-110")
        operator.wait("ringing", seconds=60)
        operator.answer()
        operator.wait_state("confirmed", seconds=60)
        hears(operator, tmp_path / "operator-frozen.wav", AGENT_TONE, CALLER_TONE)
        hears(caller, tmp_path / "caller-frozen.wav", AGENT_TONE, OTHER_TONE)
    finally:
        healthy.signal("cti", signal.SIGCONT)
    page.wait_mark("mode", "sos-up", seconds=30)
    operator.hang_up()
    caller.hang_up()
    page.wait_mark("call", "wrap-up", "idle", seconds=30)


def test_a_supervisor_listens_from_the_board_and_nobody_hears_the_supervisor(desk, citizen, tmp_path):
    page, caller = in_call(desk, citizen)
    supervisor = desk("9001", ready=False)
    supervisor.wait_mark("phone", "registered")
    supervisor.open_view("board")
    supervisor.page.click("[data-seat='1001']")
    supervisor.page.click(".wb-actions [data-act=listen]")
    supervisor.wait_mark("mode", "spying", seconds=30)
    for _ in range(4):
        heard = supervisor.hear()
        if min(heard.tone(AGENT_TONE), heard.tone(CALLER_TONE)) > CLEAR:
            break
    assert min(heard.tone(AGENT_TONE), heard.tone(CALLER_TONE)) > CLEAR
    assert at_the_phone(caller, tmp_path / "caller.wav").tone(AGENT_TONES["1002"]) < ABSENT
    page.page.wait_for_selector('[data-party="supervisor"]')
    supervisor.act("hang-up")
    supervisor.wait_mark("call", "idle", seconds=30)
    assert page.mark("call") == "in-call"
    caller.hang_up()

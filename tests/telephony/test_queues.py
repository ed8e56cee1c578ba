"""Who is asked for a caller, and when: the agent whose line was lost, better levels, other queues. No cti, no ivr."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from tests.telephony.ami_ear import AmiEar
from tests.telephony.asterisk_only import AsteriskOnly, FixedSecrets
from tests.telephony.conftest import DESKS

OVERFLOW_AFTER = 5
OVERFLOW_PENALTY = 10
FIRST, SECOND = "13800000001", "13800000002"


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[AsteriskOnly]:
    changes = {
        "HOTLINE_ASSETS": str(place / "assets"),
        "HOTLINE_OVERFLOW": f"general>enterprise:{OVERFLOW_AFTER}",
        "HOTLINE_RING_SECONDS": "6",
    }
    with AsteriskOnly(place / "home", desks=DESKS, changes=changes) as it:
        yield it


@pytest.fixture
def acts(asterisk: AsteriskOnly) -> Iterator[AmiEar]:
    with AmiEar(asterisk.settings, "hotline-actions", FixedSecrets().ami_actions) as ami:
        yield ami


@pytest.fixture
def other(asterisk: AsteriskOnly) -> Iterator[Phone]:
    with Phone.of(asterisk.settings, 5) as phone:
        yield phone


def number_at(desk: Phone, seconds: float = 40.0) -> str:
    """Whose call rings there next."""
    rung = desk.wait("ringing", seconds=seconds)
    return next(number for number in (FIRST, SECOND) if any(number in line for line in rung["headers"]))


def lose(asterisk: AsteriskOnly, acts: AmiEar, extension: str) -> None:
    """What cti does when a desk's browser is gone."""
    lost = next(line.split("!")[0] for line in asterisk.channels() if line.startswith(f"PJSIP/{extension}-"))
    assert acts.ask(Action="Hangup", Channel=lost, Cause="44")["Response"] == "Success"


def test_the_lost_agents_caller_comes_back_to_him_before_anybody_else_may_have_either(
    asterisk: AsteriskOnly, acts: AmiEar, caller: Phone, other: Phone, desk: Phone, second_desk: Phone
) -> None:
    second_desk.when_called("ring")
    asterisk.join("1001")
    caller.call(asterisk.address(), number=FIRST)
    assert number_at(desk) == FIRST
    desk.wait_state("confirmed")
    other.call(asterisk.address(), number=SECOND)
    other.wait_answered()
    time.sleep(2.0)
    lose(asterisk, acts, "1001")
    desk.wait_over()
    # The other caller waits for this very agent meanwhile; another agent comes in: he gets the one who waits.
    assert number_at(desk) == FIRST
    desk.wait_state("confirmed")
    asterisk.join("1002")
    assert number_at(second_desk) == SECOND


def test_the_better_level_is_asked_first_and_the_other_queues_members_only_after_the_wait(
    asterisk: AsteriskOnly, acts: AmiEar, caller: Phone, desk: Phone, second_desk: Phone
) -> None:
    for extension, penalty in (("1001", OVERFLOW_PENALTY), ("1002", 3)):
        line = f"PJSIP/{extension}"
        asterisk.say(f"queue add member {line} to hl-general penalty {penalty} as {extension} state_interface {line}")
    second_desk.when_called(486)
    caller.call(asterisk.address(), number=FIRST)
    begun = caller.wait_answered()["at"]
    assert number_at(second_desk) == FIRST
    # Whoever does not take a call is paused: by cti, which is not here.
    asterisk.say("queue pause member PJSIP/1002 queue hl-general")
    rung = desk.wait("ringing", seconds=60)
    assert rung["at"] - begun >= OVERFLOW_AFTER
    desk.wait_state("confirmed", seconds=60)

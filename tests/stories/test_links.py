"""The AMI connection between cti and Asterisk is cut or falls silent; no caller notices."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from hotline.settings import PORTS
from hotline.trial import Trial
from tests.faults.relay import Relay, relayed_in_thread
from tests.patience import HELD_UP, LONG
from tests.stories.conftest import CALLER_TONE, running

pytestmark = [pytest.mark.real, pytest.mark.browser]

CLEAR = -30.0
FOUND_SECONDS = 8.0 + 2 * HELD_UP
OTHER_NUMBER = "13900005678"


@pytest.fixture(scope="module")
def relay(own_ports: int) -> Iterator[Relay]:
    with relayed_in_thread("127.0.0.1", own_ports + PORTS["ami"]) as between:
        yield between


@pytest.fixture(scope="module")
def hotline(own_ports, relay):
    """A hotline whose cti reaches Asterisk through the relay."""
    with running(own_ports, {"HOTLINE_AMI_PORT": str(relay.port)}) as trial:
        yield trial


def ami_health(hotline: Trial) -> str:
    """What cti says of its connection to Asterisk: up, down or stale."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(LONG)
        asking.connect(str(hotline.home / "run/cti.sock"))
        snapshot = json.loads(asking.makefile("rb").readline())
    return str(snapshot["state"]["health"]["ami"])


@pytest.fixture
def ami_up(healthy, relay) -> Iterator[Relay]:
    healthy.wait(lambda: ami_health(healthy) == "up", "AMI up", LONG)
    yield relay
    relay.blackhole = relay.refuse = False
    healthy.wait(lambda: ami_health(healthy) == "up", "AMI up again", LONG)


def complete(kinds: list[str]) -> bool:
    """The story's turning points, once each: also those that cti can only have learnt from its snapshot."""
    wanted = ["CallArrived", "AgentAnswered", "AgentLeft", "CallerHungUp"]
    return [kinds.count(kind) for kind in wanted] == [1] * len(wanted)


def test_ami_reset_again_and_again_during_a_call_changes_nothing_for_it(ami_up, healthy, desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    for _ in range(3):
        before = ami_up.accepted
        ami_up.reset_soon()
        healthy.wait(lambda seen=before: ami_up.accepted > seen, "a new connection", LONG)
        healthy.wait(lambda: ami_health(healthy) == "up", "AMI up again", LONG)
    assert page.mark("call") == "in-call"
    assert page.hear_until(lambda heard: heard.tone(CALLER_TONE) > CLEAR).tone(CALLER_TONE) > CLEAR
    page.act("hold")
    page.wait_mark("call", "held")
    page.act("hold")
    page.wait_mark("call", "in-call")
    phone.hang_up()
    call = book.last_call(outcome="answered")
    assert call["agent_id"] == "1001"
    assert complete(book.events(call["call_id"])), book.events(call["call_id"])


def test_a_caller_who_hangs_up_while_ami_is_away_is_known_to_have_gone(ami_up, healthy, desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    ami_up.refuse = True
    ami_up.reset_soon()
    phone.hang_up()
    healthy.wait(lambda: ami_health(healthy) != "up", "cti noticed", FOUND_SECONDS)
    ami_up.refuse = False
    call = book.last_call()
    assert call["agent_id"] == "1001"
    page.wait_mark("agent", "ready")


def test_ami_silent_during_calls_another_caller_still_reaches_a_ready_desk(ami_up, healthy, desk, citizen, book):
    first, second = desk("1001"), desk("1002")
    talking = citizen()
    talking.press("0")
    busy, free = (first, second) if rings(first, second) is first else (second, first)
    busy.answer_and_hear()
    ami_up.blackhole = True
    before = ami_up.accepted
    other = citizen(number=OTHER_NUMBER)
    other.press("0")
    free.answer_and_hear()
    assert free.hear_until(lambda heard: heard.tone(CALLER_TONE) > CLEAR, 1.0).tone(CALLER_TONE) > CLEAR
    healthy.wait(lambda: ami_up.accepted > before, "cti gave the silent connection up", FOUND_SECONDS)
    assert busy.mark("call") == "in-call"
    ami_up.blackhole = False
    healthy.wait(lambda: ami_health(healthy) == "up", "AMI up again", LONG)
    for phone in (talking, other):
        phone.hang_up()
    calls = book.answered(2)
    assert {row["agent_id"] for row in calls} == {"1001", "1002"}
    for call in calls:
        assert complete(book.events(call["call_id"])), book.events(call["call_id"])


def rings(*desks):
    """The desk that rings first."""
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline:
        for page in desks:
            if page.mark("call") == "ringing":
                return page
        desks[0].page.wait_for_timeout(50)
    raise AssertionError("no desk rings")

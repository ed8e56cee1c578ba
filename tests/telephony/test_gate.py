"""Whatever is asked for, nothing but our own test phones is ever dialled."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from hotline.phone.client import Phone, PhoneFailed
from hotline.runtime import asterisk_config
from tests.telephony.ami_ear import AmiEar
from tests.telephony.asterisk_only import AsteriskOnly
from tests.telephony.conftest import DESKS
from tests.telephony.emergency_story import Story, told
from tests.telephony.gate_probe import GateProbe
from tests.telephony.raw_sip import RawCaller

PHONES = {str(990070 + number): number for number in range(30)}
EMERGENCY = ("110", "119", "120", "122", "*110", "0110", "110#", "911", "999", "112")
SYNTAX = (
    "&",
    ",",
    "|",
    "^",
    "/",
    "@",
    "${EXTEN}",
    "$[1]",
    "(",
    ")",
    '"',
    "\\",
    ";",
    " ",
    "-",
    ".",
    "%0a",
    "&PJSIP/",
    "号",
)
SIGNS = "0123456789*#+ABCDwpW&,;/@$[]{}()|^\"'\\- ._%!?=<>~`\t"
REACHABLE = {"PJSIP/test-citizen", "PJSIP/1001"}
CALLS = 12
SOCKETS_CLOSE = 0.05
"""The desk's telephone keeps the sockets of a call for half a second after it, and has 64."""


def dial_strings(number: int, seed: int) -> list[str]:
    """Our phones' numbers bent in every way, numbers of the outside world, and noise."""
    dice = random.Random(seed)
    made: list[str] = [*PHONES, *EMERGENCY, ""]
    while len(made) < number:
        phone, sign = dice.choice(sorted(PHONES)), dice.choice(SYNTAX)
        at = dice.randrange(len(phone) + 1)
        made += [
            phone[:at] + sign + phone[at:],
            f"{phone}{sign}{dice.choice(EMERGENCY)}",
            f"{phone}&PJSIP/{dice.choice(EMERGENCY)}@hl-route-1",
            "".join(dice.choices(SIGNS, k=dice.randrange(1, 40))),
            "".join(dice.choices("0123456789", k=dice.randrange(1, 60))),
            f"00{dice.randrange(10**9, 10**12)}",
        ]
    return made[:number]


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[AsteriskOnly]:
    """Here every channel that comes into being is told."""
    changes = {"HOTLINE_ASSETS": str(place / "assets")}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asterisk_config, "READ_EVENTS", (*asterisk_config.READ_EVENTS, "Newchannel"))
        unread = tuple(name for name in asterisk_config.UNREAD_EVENTS if name != "Newchannel")
        patched.setattr(asterisk_config, "UNREAD_EVENTS", unread)
        with AsteriskOnly(place / "home", desks=DESKS, changes=changes) as it:
            yield it


@pytest.fixture
def story(asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path) -> Iterator[Story]:
    with told(asterisk, caller, desk, tmp_path) as it:
        yield it


def endpoints(ami: AmiEar) -> set[str]:
    """Where every channel that came into being led to."""
    ami.listen(0.3)
    names = [m["Channel"] for m in ami.messages if m.get("Event") == "Newchannel"]
    assert names
    return {name.rsplit("-", 1)[0] for name in names}


@pytest.mark.parametrize("number", [600, pytest.param(5000, marks=pytest.mark.matrix)])
def test_of_all_dial_strings_the_gate_passes_our_own_phones_alone(asterisk: AsteriskOnly, number: int) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    strings = dial_strings(number, seed)
    probe = GateProbe(asterisk.settings, [text.encode() for text in strings], CALLS)
    asterisk.beat()
    with ExitStack() as calls:
        for call in range(CALLS):
            caller = RawCaller(asterisk.settings.port("phones") + call, asterisk.settings.port("sip"))
            assert calls.enter_context(caller).invite(b'"x" <sip:13800000001@x>') == 200
        answers = probe.answers(200)
    for string, dialled in zip(strings, answers, strict=True):
        if string in PHONES:
            port = asterisk.settings.port("phones") + PHONES[string]
            assert dialled == f"PJSIP/test-citizen/sip:{string}@127.0.0.1:{port}"
        else:
            assert dialled == "", f"{string!r} became {dialled!r} (seed {seed})"


def test_whatever_a_caller_or_a_desk_dials_no_other_channel_comes_into_being(story: Story) -> None:
    over_sip(story, 25)
    assert endpoints(story.ami) <= REACHABLE


@pytest.mark.matrix
def test_a_thousand_numbers_over_sip_and_two_hundred_by_keys_reach_nobody(story: Story) -> None:
    over_sip(story, 500)
    story.talk()
    for string in dial_strings(2000, 1)[100:]:
        keys = re.sub(r"[^0-9*#]", "", string)[:6]
        if keys:
            story.phones["caller"].press(keys)
            time.sleep(0.25 * len(keys) + 0.2)
        if len([event for event in story.phones["caller"].events if event["event"] == "pressed"]) >= 200:
            break
    assert story.listen()["caller"] == {"agent"}
    assert endpoints(story.ami) <= REACHABLE
    assert story.states() == []


def dialled(caller: RawCaller, user: str) -> int:
    return caller.invite(b'"x" <sip:13800000001@x>', number=user)


def over_sip(story: Story, each: int) -> None:
    """From an unknown telephone with its bare hands, and from a desk that is signed on."""
    sip = story.asterisk.settings.port("sip")
    users = [re.sub(r"[^0-9A-Za-z*#+&;,/$.!~'()-]", "", text) or "0" for text in dial_strings(40 + 2 * each, 7)[40:]]
    with ThreadPoolExecutor(CALLS) as hands:
        for batch in (users[at : min(at + CALLS, each)] for at in range(0, each, CALLS)):
            with ExitStack() as calls:
                ports = range(story.asterisk.settings.port("phones") + 2, story.asterisk.settings.port("phones") + 20)
                callers = [calls.enter_context(RawCaller(port, sip)) for port, _ in zip(ports, batch, strict=False)]
                assert set(hands.map(dialled, callers, batch)) <= {200, 400, 404, 416, 484, 503}
    for user in [*EMERGENCY[4:5], *users[each:]]:
        time.sleep(SOCKETS_CLOSE)
        story.phones["agent"].call(f"sip:{user}@127.0.0.1:{sip}", number="1001", line="registered")
        try:
            assert story.phones["agent"].wait_over(seconds=60)["code"] in {404, 416, 484, 400}
        except PhoneFailed as refused:
            if not str(refused).startswith("call: "):  # the phone itself knows no such address
                raise

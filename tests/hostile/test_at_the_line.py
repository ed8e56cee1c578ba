"""Hostile names, numbers and keys over real SIP: one call is one arrival, and no channel but the caller's appears."""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.runtime import asterisk_config
from tests.hostile.values import Hostile
from tests.patience import LONG, until
from tests.telephony.ami_ear import AmiEar
from tests.telephony.asterisk_only import AsteriskOnly, FixedSecrets
from tests.telephony.raw_sip import RawCaller

pytestmark = pytest.mark.real

AT_ONCE = 10
"""Calls that hold the line together: each waits half a second for its answer."""
KEYS = "0123456789*#ABCD"
ENTERED = ("*110", "110", "*110#", "**110", "119", "0110", "9110", "*1", "##", "*0*", "112", "900110")
EXPECTED_WORDS = {"HotlineArrived", "HotlineFallback"}


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskOnly]:
    """Asterisk alone in test mode; here every channel that comes into being is told."""
    with (
        tempfile.TemporaryDirectory(prefix="hl-hostile-", dir="/var/tmp") as folder,
        pytest.MonkeyPatch.context() as on,
    ):
        Path(folder).chmod(0o755)
        on.setattr(asterisk_config, "READ_EVENTS", (*asterisk_config.READ_EVENTS, "Newchannel"))
        unread = tuple(name for name in asterisk_config.UNREAD_EVENTS if name != "Newchannel")
        on.setattr(asterisk_config, "UNREAD_EVENTS", unread)
        place = Path(folder)
        with AsteriskOnly(place / "home", changes={"HOTLINE_ASSETS": str(place / "assets")}) as running:
            yield running


@pytest.fixture
def ear(asterisk: AsteriskOnly) -> Iterator[AmiEar]:
    with AmiEar(asterisk.settings, "hotline-events", FixedSecrets().ami_events) as ami:
        yield ami
    asterisk.say("channel request hangup all")
    asterisk.wait_idle()


def heard(ear: AmiEar, event: str) -> list[dict[str, str]]:
    ear.listen(0.3)
    return [message for message in ear.messages if message.get("Event") == event]


def endpoints(ear: AmiEar) -> set[str]:
    """Where every channel that came into being led to.

    Asterisk writes a number's line ends into Newchannel as they are (cti never hears that event): only the first
    header of a name is its own.
    """
    names = [message["Channel"].split(",")[0] for message in heard(ear, "Newchannel")]
    return {name.rsplit("-", 1)[0] for name in names}


def words(ear: AmiEar) -> Counter[str]:
    return Counter(message["UserEvent"] for message in heard(ear, "UserEvent"))


def arrived(ear: AmiEar) -> int:
    ear.listen(0.02)
    return sum(message.get("UserEvent") == "HotlineArrived" for message in ear.messages)


def from_header(hostile: Hostile) -> bytes:
    """A name and a number as they may stand in a From header; a raw line end would be another header of SIP itself."""
    name = re.sub(r"[\r\n\0]", "%0d%0a", hostile.text("王小明")).replace("\\", "\\\\").replace('"', '\\"')[:300]
    user = "".join(
        sign
        if sign.isascii() and sign.isalnum()
        else "".join(f"%{byte:02x}" for byte in sign.encode("utf-8", "replace"))
        for sign in hostile.chosen("13800000001")[:80]
    )
    return f'"{name}" <sip:{user or "0"}@x>'.encode("utf-8", "replace")


SEEN = (
    '"}?:０_\u2029" <sip:1380000%3f0001@x>'.encode(),
    '"\u2028\u2028\u2029\x85" <sip:13800000001@x>'.encode(),
    b'"CallerIDName: x" <sip:1%0d%0aCallerIDName%3a%20x@x>',
)
"""A filter that takes one of these for more than a name would hide the call."""


def raw_caller(asterisk: AsteriskOnly, at: int) -> RawCaller:
    return RawCaller(asterisk.settings.port("phones") + 9 + at, asterisk.settings.port("sip"))


def is_answered(caller: RawCaller, sent: bytes) -> bool:
    try:
        return caller.invite(sent) == 200
    except TimeoutError:  # what is no SIP at all gets no answer
        return False


@pytest.mark.parametrize("number", [50, pytest.param(1_000, marks=pytest.mark.matrix)])
def test_hostile_names_and_numbers_are_one_arrival_each_and_no_other_channel(
    asterisk: AsteriskOnly, ear: AmiEar, number: int
) -> None:
    hostile, answered = Hostile(), 0
    everything = [*SEEN, *(from_header(hostile) for _ in range(number))]
    with ThreadPoolExecutor(AT_ONCE) as hands:
        for batch in (everything[at : at + AT_ONCE] for at in range(0, len(everything), AT_ONCE)):
            with ExitStack() as calls:
                callers = [calls.enter_context(raw_caller(asterisk, at)) for at in range(len(batch))]
                answered += sum(hands.map(is_answered, callers, batch))
                # who hangs up before he is told of is no call yet
                until(lambda count=answered: arrived(ear) >= count, f"the arrivals of {batch!r}")
    assert answered > number / 2
    assert words(ear)["HotlineArrived"] == answered
    assert set(words(ear)) <= EXPECTED_WORDS
    assert endpoints(ear) == {"PJSIP/test-citizen"}
    arrivals = [message for message in heard(ear, "UserEvent") if message["UserEvent"] == "HotlineArrived"]
    assert len({message["CallId"] for message in arrivals}) == answered
    assert all(re.fullmatch(rf"HC{asterisk.settings.node_id}-[0-9.-]+", message["CallId"]) for message in arrivals)
    assert not any(ord(sign) < 32 for message in arrivals for value in message.values() for sign in value)


class Hasty(RawCaller):
    """Calls and gives up a moment later, often before the dialplan has cleaned what it sent."""

    after = 0.0

    def _final(self, method: str) -> tuple[int, bytes]:
        time.sleep(self.after)
        self._send("CANCEL", 1, "12345")
        raise TimeoutError


FORGED = (
    b"1%0d%0a%0d%0aEvent%3a%20Forged%0d%0aCallId%3a%20victim%0d%0a%0d%0a",
    b"1%0d%0aUniqueid%3a%20victim-1.1%0d%0aChanVariable%3a%20HOTLINE_CALL_ID=HCvictim%0d%0aX%3a%20",
    b"1%0d%0aCallerIDName%3a%20x%0d%0aUniqueid%3a%20victim-1.1%0d%0aX%3a%20",
)


@pytest.mark.parametrize("number", [60, pytest.param(1_000, marks=pytest.mark.matrix)])
def test_a_caller_who_gives_up_before_the_guard_has_looked_forges_no_event_and_no_header(
    asterisk: AsteriskOnly, ear: AmiEar, number: int
) -> None:
    for at in range(number):
        with Hasty(asterisk.settings.port("phones") + 9, asterisk.settings.port("sip")) as caller:
            caller.after = at % 20 * 0.0006
            with contextlib.suppress(TimeoutError):
                caller.invite(b'"x" <sip:' + FORGED[at % len(FORGED)] + b"@x>")
        ear.listen(0.03)
    asterisk.say("channel request hangup all")
    ear.listen(1)
    assert not [message for message in ear.messages if "victim" in str(message)]
    assert "Forged" not in ear.names()


@pytest.mark.parametrize("number", [10, pytest.param(200, marks=pytest.mark.matrix)])
def test_whatever_a_waiting_citizen_keys_no_other_channel_appears(
    asterisk: AsteriskOnly, ear: AmiEar, number: int
) -> None:
    hostile = Hostile()
    with Phone.of(asterisk.settings, 0) as phone:
        phone.call(asterisk.address(), number="13800000001")
        phone.wait_answered(seconds=LONG)
        for at in range(number):
            entered = (
                ENTERED[at]
                if at < len(ENTERED)
                else "".join(hostile.dice.choices(KEYS, k=hostile.dice.randrange(1, 8)))
            )
            phone.press(entered)
            time.sleep(0.25 * len(entered) + 0.1)
        assert phone.events[-1].get("state") != "disconnected"
        phone.hang_up()
        phone.wait_over(seconds=LONG)
    assert words(ear)["HotlineArrived"] == 1
    assert set(words(ear)) <= EXPECTED_WORDS
    assert endpoints(ear) == {"PJSIP/test-citizen"}

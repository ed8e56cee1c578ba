"""Whatever a caller's telephone claims to be called, it arrives short, clean and as text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.telephony.ami_ear import AmiEar, Message
from tests.telephony.asterisk_only import AsteriskOnly, FixedSecrets
from tests.telephony.raw_sip import RawCaller


@pytest.fixture
def ear(asterisk: AsteriskOnly) -> Iterator[AmiEar]:
    with AmiEar(asterisk.settings, "hotline-events", FixedSecrets().ami_events) as ami:
        yield ami


def arrived(asterisk: AsteriskOnly, ear: AmiEar, from_value: bytes, more: bytes = b"") -> Message:
    with RawCaller(asterisk.settings.port("phones") + 9, asterisk.settings.port("sip")) as caller:
        assert caller.invite(from_value, more=more) == 200
        return ear.wait_event("UserEvent", UserEvent="HotlineArrived")


def plain(name: str) -> str:
    """AMI writes a backslash before quotes and question marks; the guard lets none through of its own."""
    return name.replace("\\", "")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('"{{7*7}} ${7*7} $[7*7]" <sip:13800000001@x>', "{{7*7}} ${7*7} $[7*7]"),
        ('"<script>alert(1)</script>" <sip:13800000001@x>', "<script>alert(1)</script>"),
        ('"😀 王小明 😀" <sip:13800000001@x>', "😀 王小明 😀"),
        ('"a \\"quoted\\" name" <sip:13800000001@x>', 'a "quoted" name'),
        ('"):1:2) ${SHELL(id)} ,=;|&" <sip:13800000001@x>', "):1:2) ${SHELL(id)} ,=;|&"),
        ('"bell\x07 escape\x1b[2J tab\t" <sip:13800000001@x>', "bell  escape [2J tab"),
    ],
)
def test_a_hostile_name_arrives_as_readable_text(asterisk: AsteriskOnly, ear: AmiEar, sent: str, shown: str) -> None:
    message = arrived(asterisk, ear, sent.encode())
    assert plain(message["CallerIDName"]).split() == shown.split()
    assert message["CallerIDNum"] == "13800000001"


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("%0d%0aEvent:%20Forged%0d%0a138", "<unknown>"),
        ("138%0aAction:%20Logoff", "138"),
        ("+8613800000001", "+8613800000001"),
        ("1380000$%7bSHELL(id)%7d", "1380000"),
        ("1" * 200, "1" * 24),
    ],
)
def test_a_hostile_number_arrives_as_digits(asterisk: AsteriskOnly, ear: AmiEar, user: str, number: str) -> None:
    message = arrived(asterisk, ear, f'"x" <sip:{user}@x>'.encode())
    assert message["CallerIDNum"] == number


def test_a_name_of_ten_kilobytes_is_cut_at_a_whole_character(asterisk: AsteriskOnly, ear: AmiEar) -> None:
    name = "中" * 3400
    message = arrived(asterisk, ear, f'"{name}" <sip:13800000001@x>'.encode())
    assert 23 <= len(message["CallerIDName"]) <= 24
    assert set(message["CallerIDName"]) == {"中"}


@pytest.mark.parametrize("padding", range(4))
def test_a_long_name_is_never_cut_inside_a_character(asterisk: AsteriskOnly, ear: AmiEar, padding: int) -> None:
    message = arrived(asterisk, ear, f'"{"a" * padding}{"😀" * 60}" <sip:13800000001@x>'.encode())
    assert set(message["CallerIDName"]) <= {"a", "😀"}
    assert message["CallerIDName"].count("😀") >= 17


def test_nothing_a_caller_sends_becomes_an_event_of_its_own(asterisk: AsteriskOnly, ear: AmiEar) -> None:
    forged = "%0d%0a%0d%0aEvent%3a%20UserEvent%0d%0aUserEvent%3a%20HotlineArrived%0d%0aCallId%3a%20forged%0d%0a"
    diversion = f'Diversion: "x" <sip:1{forged}@x>;reason=unconditional\r\n'.encode()
    arrived(asterisk, ear, f'"x" <sip:1{forged}@x>'.encode(), diversion)
    ear.listen(0.5)
    arrivals = [m for m in ear.messages if m.get("UserEvent") == "HotlineArrived"]
    assert len(arrivals) == 1
    assert arrivals[0]["CallId"].startswith(f"HC{asterisk.settings.node_id}-")
    assert arrivals[0]["Diversion"] in {"", "1"}
    assert "Forged" not in ear.names()
    assert all("forged" not in m.get("CallId", "") for m in ear.messages)


def test_a_name_with_a_line_break_is_no_sip_and_gets_no_answer(asterisk: AsteriskOnly, ear: AmiEar) -> None:
    ports = asterisk.settings.port("phones") + 9, asterisk.settings.port("sip")
    with RawCaller(*ports, patience=3) as caller:  # noqa: SIM117
        with pytest.raises(TimeoutError):
            caller.invite(b'"two\r\n\r\nEvent: Forged" <sip:13800000001@x>')
    ear.listen(0.2)
    assert not ear.names() & {"Forged", "UserEvent"}


def test_a_number_that_no_pattern_knows_is_refused_in_sip(asterisk: AsteriskOnly) -> None:
    with RawCaller(asterisk.settings.port("phones") + 9, asterisk.settings.port("sip")) as caller:
        assert caller.invite(b"<sip:13800000001@x>", number="robot") == 404

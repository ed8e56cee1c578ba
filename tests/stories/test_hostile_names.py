"""Whatever a caller's telephone claims to be called, the desk shows it as text and nothing else happens."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from tests.stories.desk import Desk
from tests.telephony.raw_sip import RawCaller

pytestmark = [pytest.mark.real, pytest.mark.browser]

FOLDED = "folded name"
"""Sent with line breaks between the name and the address, the only place where Asterisk's SIP takes a folded line."""

NAMES: dict[str, tuple[str, str]] = {
    "13700000001": ("<script>window.hacked=1;alert(1)</script>", "<script>window.hacked=1;alert(1)</script>"),
    "13700000002": ('\\"><img src=x onerror=window.hacked=1>', '"><img src=x onerror=window.hacked=1>'),
    "13700000003": ("{{7*7}} ${7*7} #{7*7} <%= 7*7 %>", "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>"),
    "13700000004": ("O'Neil \\\"; DROP TABLE calls; --", "O'Neil \"; DROP TABLE calls; --"),
    "13700000005": (FOLDED, FOLDED),
    "13700000006": ("%0d%0aEvent: Forged%0d%0a", "%0d%0aEvent: Forged%0d%0a"),
    "13700000007": ("长" * 3400, "长" * 23),
    "13700000008": ("😀👨‍👩‍👧 王小明 🇨🇳", "😀👨‍👩‍👧 王小明 🇨🇳"),
    "13700000009": ("\u202egnp.exe \u2066王\u2069", "\u202egnp.exe \u2066王\u2069"),
}
"""Number → the name as sent, and as it must be read."""


TOO_LONG = "13700000007"
"""Asterisk itself warns of a name longer than any telephone can send, and quotes it in its own log."""


@pytest.fixture
def hostile_callers(healthy) -> Iterator[dict[str, RawCaller]]:
    """One caller a name, all of them on their way to the queue."""
    first_port, sip = healthy.settings.port("phones") + 12, healthy.settings.port("sip")
    with contextlib.ExitStack() as opened:
        callers = {}
        for at, (number, (sent, _)) in enumerate(NAMES.items()):
            callers[number] = opened.enter_context(RawCaller(first_port + at, sip))
            assert callers[number].invite(from_value(number, sent)) == 200
        yield callers


def from_value(number: str, name: str) -> bytes:
    between = "\r\n\t\r\n " if name is FOLDED else " "
    return f'"{name}"{between}<sip:{number}@x>'.encode()


def take_next(page: Desk) -> tuple[str, str]:
    """Answer whoever rings; the last digits of the number and the name as the card shows them."""
    page.wait_mark("call", "ringing")
    page.page.locator("caller-card [data-field=number]").wait_for(timeout=60_000)
    shown = page.shown("number")[-4:], page.shown("name")
    page.act("answer")
    page.wait_mark("agent", "talking")
    return shown


def serve_all(page: Desk, callers: dict[str, RawCaller]) -> dict[str, str]:
    """Number → the name that the card showed, for every caller in turn."""
    seen: dict[str, str] = {}
    for _ in NAMES:
        digits, name = take_next(page)
        number = next(number for number in NAMES if number.endswith(digits))
        seen[number] = name
        callers[number].hang_up()
        page.wait_mark("agent", "wrap-up", "ready")
        if page.mark("agent") == "wrap-up":
            page.act("ready")
        page.wait_mark("agent", "ready")
    return seen


def test_hostile_names_reach_the_desk_as_text_and_nothing_else(healthy, desk, book, hostile_callers):
    page = desk("1001")
    dialogs: list[str] = []
    page.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    seen = serve_all(page, hostile_callers)
    assert seen == {number: read for number, (_, read) in NAMES.items()}
    calls = book.answered(len(NAMES))
    page.open_view("calls")
    page.page.locator(f"#view tr[data-call-id='{calls[-1]['call_id']}']").wait_for(timeout=60_000)
    listed = page.page.inner_text("#view")
    for _, read in NAMES.values():
        assert " ".join(read.split()) in " ".join(listed.split())
    assert page.page.evaluate("() => window.hacked") is None
    assert dialogs == []
    assert [line for line in page.console if "Security Policy" in line or line.startswith("pageerror")] == []
    assert_sealed_and_not_forged(healthy, book, calls)


def assert_sealed_and_not_forged(hotline, book, calls) -> None:
    """No event but those of these calls, and no name in clear in the database, the journal or the logs."""
    ids = {row["call_id"] for row in calls}
    since = book.rows("SELECT * FROM events WHERE at >= to_timestamp($1) AND call_id IS NOT NULL", book.opened_at - 0.5)
    assert {row["call_id"] for row in since} == ids
    assert [row["kind"] for row in since].count("CallArrived") == len(ids)
    stored = json.dumps([{**row} for row in since], default=str, ensure_ascii=False)
    stored += json.dumps([{**row} for row in calls], default=str, ensure_ascii=False)
    folders = ("journal", "log", "spool", "state")
    files = [file for folder in folders for file in (hotline.home / folder).rglob("*") if file.is_file()]
    kept = {"PostgreSQL": stored.encode(), **{str(file): file.read_bytes() for file in files}}
    for number, (_, read) in NAMES.items():
        for place, content in kept.items():
            quoted_by_asterisk = number == TOO_LONG and place.endswith("messages.log")
            assert quoted_by_asterisk or read.encode() not in content, f"the name of {number} stands in {place}"
            assert number.encode() not in content, f"the number {number} stands in {place}"

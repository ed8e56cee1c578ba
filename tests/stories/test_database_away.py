"""PostgreSQL stops or crawls: calls go on, what agents save is kept and delivered once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.settings import PORTS
from tests.faults.relay import Relay, relayed_in_thread
from tests.patience import LONG
from tests.postgres_server import Server
from tests.stories.case_book import CaseBook
from tests.stories.case_page import CasePage
from tests.stories.conftest import CALLER_TONE, running
from tests.stories.desk import Desk

pytestmark = [pytest.mark.real, pytest.mark.browser]

CLEAR = -30.0
SLOWED_BY = 5.0
WHOLE_STORY = [
    "CallArrived", "MenuKeyPressed", "AgentAnswered", "CallerHeld", "CallerRetrieved", "AgentLeft", "CallerHungUp"
]  # fmt: skip


@pytest.fixture(scope="module")
def server(own_ports: int) -> Iterator[Server]:
    """A PostgreSQL that belongs to nobody's supervisor."""
    with tempfile.TemporaryDirectory(prefix="hotline-stories-pg-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        running_server = Server(Path(folder) / "server", own_ports + PORTS["postgres"])
        running_server.make()
        running_server.start()
        yield running_server
        running_server.stop()


@pytest.fixture(scope="module")
def relay(server: Server) -> Iterator[Relay]:
    with relayed_in_thread("127.0.0.1", server.port) as between:
        yield between


@pytest.fixture(scope="module")
def hotline(own_ports, server, relay):
    """A hotline whose database is far away: behind the relay."""
    first = CaseBook(server.url("postgres"))
    first.rows("CREATE DATABASE hotline")
    first.close()
    url = f"postgresql://hotline@127.0.0.1:{relay.port}/hotline"
    with running(own_ports, {"DATABASE_URL": url}) as trial:
        yield trial


@pytest.fixture
def book(server, healthy) -> Iterator[CaseBook]:
    """What PostgreSQL itself says, without the relay."""
    opened = CaseBook(server.url("hotline"))
    yield opened
    opened.close()


def route_seconds(page: Desk, phone) -> float:
    """From the key to the ringing desk."""
    begun = time.monotonic()
    phone.press("3")
    page.wait_mark("call", "ringing")
    return time.monotonic() - begun


def test_with_postgresql_stopped_an_agent_works_on_and_what_was_saved_is_delivered_once(
    server, healthy, desk, citizen, book
):
    page = desk("1001")
    server.stop()
    page.reload()
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    page.act("hold")
    page.wait_mark("call", "held")
    page.act("hold")
    page.wait_mark("call", "in-call")
    form = CasePage(page).fill("数据库停机时登记的诉求", answer="已答复")
    call_id = page.call_id()
    page.hang_up()
    phone.wait_over(seconds=LONG)
    assert form.submit(sync="pending") == ""
    assert "待同步" in page.page.inner_text("case-form")
    page.open_view("cases")
    page.page.locator("#view tr[data-sync=pending]").wait_for(timeout=60_000)
    stranger = desk_at_the_door(page, healthy)
    assert "资料库" in stranger or "数据库" in stranger, stranger
    server.start()
    number = form.wait_saved("stored", seconds=90)
    assert number
    linked = "SELECT * FROM cases JOIN case_calls USING (centre_id, created_month, case_id) WHERE call_id = $1"
    rows = book.rows(linked, call_id)
    assert [(row["number"], row["text"]) for row in rows] == [(number, "数据库停机时登记的诉求")]
    call = book.last_call(outcome="answered")
    assert call["call_id"] == call_id
    kinds = book.events(call_id)
    assert [kind for kind in kinds if kind in WHOLE_STORY] == WHOLE_STORY


def desk_at_the_door(page: Desk, hotline) -> str:
    """Another agent tries to log in; what the log-in page answers."""
    window = page.context.browser.new_context(ignore_https_errors=True)
    door = window.new_page()
    door.goto(f"{hotline.status()['addresses']['web_local'].rstrip('/')}/login")
    door.fill("input[name=agent]", "1003")
    door.fill("input[name=password]", hotline.passwords()["1003"])
    door.click("form button[type=submit]")
    words = door.locator(".notice.bad").inner_text(timeout=60_000)
    assert "/login" in door.url
    window.close()
    return words


def test_with_postgresql_slowed_by_five_seconds_a_call_reaches_the_agent_as_fast_as_ever(relay, desk, citizen, book):
    page = desk("1001")
    quick = citizen()
    usual = route_seconds(page, quick)
    quick.hang_up()
    page.wait_mark("agent", "ready")
    relay.delay = SLOWED_BY
    try:
        slow = citizen(number="13900005678")
        slowed = route_seconds(page, slow)
        page.answer_and_hear()
        assert page.hear_until(lambda heard: heard.tone(CALLER_TONE) > CLEAR).tone(CALLER_TONE) > CLEAR
        slow.hang_up()
    finally:
        relay.delay = 0.0
    # One answer of the database on the way would cost its whole delay.
    assert slowed < usual + SLOWED_BY - 1, f"{slowed:.2f} s instead of {usual:.2f} s"
    call = book.last_call(outcome="answered")
    assert call["agent_id"] == "1001"

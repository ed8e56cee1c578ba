"""An agent who starts work today, one whose telephone password leaked, and a supervisor."""

from __future__ import annotations

import time

import pytest

from hotline.phone.client import PhoneFailed
from tests.patience import HELD_UP, LONG
from tests.stories.conftest import CALLER_TONE
from tests.stories.desk import Desk

pytestmark = [pytest.mark.real, pytest.mark.browser]

USABLE_SECONDS = 10.0 + 3 * HELD_UP
"""Ten, on a machine that has nothing else to do than to start a browser window."""


@pytest.fixture
def newcomer(healthy, browsers):
    """Adds an agent to the running hotline and opens their desk."""
    opened: list[Desk] = []

    def add(agent: str) -> Desk:
        done = healthy.command("agent", "add", agent, "测试员", "--queues", "general,enterprise")
        assert done.returncode == 0, done.stderr
        password = done.stdout.split()[-1]
        page = Desk(browsers["1002"], healthy.status()["addresses"]["web_local"].rstrip("/"), agent, password)
        opened.append(page)
        return page

    yield add
    for page in opened:
        page.close()


def test_a_new_agent_takes_a_call_within_ten_seconds(newcomer, citizen, book):
    begun = time.monotonic()
    page = newcomer("1010")
    page.log_in().take_calls()
    assert time.monotonic() - begun < USABLE_SECONDS
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    assert page.hear_until(lambda heard: heard.tone(CALLER_TONE) > -30.0).tone(CALLER_TONE) > -30.0
    phone.hang_up()
    assert book.last_call(outcome="answered")["agent_id"] == "1010"
    page.sign_off()


def test_a_renewed_sip_password_makes_the_old_one_worthless_and_the_desk_gets_the_new_one(healthy, newcomer, citizen):
    page = newcomer("1011")
    page.log_in()
    page.wait_mark("phone", "registered")
    old = phone_of(page)
    page.sign_off()
    somebody = citizen(dial=False)
    registrar = f"127.0.0.1:{healthy.settings.port('sip')}"
    somebody.register(old["sip_user"], old["sip_password"], registrar, seconds=LONG)
    renewed = healthy.command("agent", "sip-renew", "1011")
    assert renewed.returncode == 0, renewed.stderr
    with pytest.raises(PhoneFailed):
        citizen(dial=False).register(old["sip_user"], old["sip_password"], registrar)
    page = page.another_window()
    page.log_in().take_calls()
    assert phone_of(page)["sip_password"] != old["sip_password"]
    page.sign_off()


def phone_of(page: Desk) -> dict[str, str]:
    """What the desk is given for its telephone."""
    ask = """async () => (await fetch("/api/phone",
      { method: "POST", headers: { "X-CSRF": document.body.dataset.csrf } })).json()"""
    return dict(page.page.evaluate(ask))


def test_a_supervisor_logs_in_and_may_hear_what_an_agent_said(desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    phone.hang_up()
    call_id = book.last_call(outcome="answered")["call_id"]
    sql = "SELECT recording_id FROM recordings WHERE call_id = $1 AND state = 'closed'"
    recordings = book.wait(lambda: book.rows(sql, call_id), "a closed recording")
    supervisor = desk("9001", ready=False)
    assert supervisor.status_of(f"/recordings/{recordings[0]['recording_id']}", {"Range": "bytes=0-99"}) == 206
    played = "SELECT * FROM audit WHERE actor = '9001' AND act = 'recording_played'"
    assert len(book.rows(played)) == 1

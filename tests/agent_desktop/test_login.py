"""Logging in and out: limits, tokens, cookies, and an absent database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from agent_desktop import keys
from agent_desktop.app import make_app
from agent_desktop.login_limits import PER_ADDRESS, PER_AGENT, LoginLimits
from agent_desktop.logouts import Logouts
from agent_desktop.ports import AgentRecord
from agent_desktop.refusals import TooManyTries
from agent_desktop.sessions import Sessions
from storage.tables import audit
from tests.agent_desktop.conftest import PASSWORDS, House
from tests.patience import LONG


async def test_right_password_opens_the_desk(house: House) -> None:
    browser = house.browser()
    response = await browser.log_in("1001", PASSWORDS["1001"])
    assert (response.status, response.headers["Location"]) == (303, "/desk")
    page = await browser.get("/desk")
    assert page.status == 200
    assert "王晓敏" in await page.text()


async def test_wrong_password_and_unknown_agent_read_the_same(house: House) -> None:
    answers = []
    for agent_id, password in (("1001", "not-this-one"), ("9999", "not-this-one")):
        response = await house.browser().log_in(agent_id, password)
        answers.append((response.status, "工号或口令不正确" in await response.text()))
    assert answers == [(401, True), (401, True)]


async def test_one_agent_may_err_only_so_often_and_is_told_how_long_to_wait(house: House) -> None:
    browser = house.browser()
    tries = [await browser.log_in("1001", "wrong-wrong") for _ in range(PER_AGENT.free + 1)]
    assert [r.status for r in tries[:-1]] == [401] * PER_AGENT.free
    assert tries[-1].status == 429
    assert int(tries[-1].headers.get("Retry-After", "15")) > 0
    assert "秒后再试" in await tries[-1].text()
    right = await browser.log_in("1001", PASSWORDS["1001"])
    assert right.status == 429, "the wait holds for the right password too"
    assert (await house.browser().log_in("1002", PASSWORDS["1002"])).status == 303


def test_one_address_may_err_only_so_often_whatever_agents_it_names() -> None:
    limits = LoginLimits(lambda: 100.0)
    for n in range(PER_ADDRESS.free):
        limits.begin(f"{n:04d}", "10.0.0.9")
    with pytest.raises(TooManyTries):
        limits.begin("9999", "10.0.0.9")
    limits.begin("9999", "10.0.0.10")


def test_the_wait_doubles_up_to_its_limit() -> None:
    waits = [PER_AGENT.wait_after(count) for count in range(PER_AGENT.free, PER_AGENT.free + 30)]
    assert waits[:3] == [15, 30, 60]
    assert waits[-1] == PER_AGENT.last_wait


def test_a_password_that_could_not_be_checked_counts_for_nobody() -> None:
    limits = LoginLimits(lambda: 100.0)
    for _ in range(100):
        limits.begin("1001", "10.0.0.9")
        limits.void("1001", "10.0.0.9")


async def test_log_in_without_the_forms_own_token_is_refused(house: House) -> None:
    browser, other = house.browser(), house.browser()
    foreign = await other.login_token()
    await browser.login_token()
    for token in ("", "x", foreign):
        form = {"agent": "1001", "password": PASSWORDS["1001"], "csrf": token}
        response = await browser.post("/login", data=form)
        assert response.status == 403
        assert browser.cookie() == ""


async def test_log_in_from_a_page_of_another_origin_is_refused(house: House) -> None:
    browser = house.browser()
    form = {"agent": "1001", "password": PASSWORDS["1001"], "csrf": await browser.login_token()}
    response = await browser.post("/login", data=form, headers={"Origin": "https://evil.example"})
    assert response.status == 403


async def test_session_cookie_is_hidden_from_scripts_and_other_sites(house: House) -> None:
    for secure in (False, True):
        response = await house.browser(secure=secure).log_in("1001", PASSWORDS["1001"])
        cookie = next(c for c in response.headers.getall("Set-Cookie") if "-login" not in c.split("=")[0])
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert ("Secure" in cookie) is secure
        assert cookie.startswith("__Host-") is secure


async def test_every_log_in_gives_a_new_session_and_ends_the_old_one(house: House) -> None:
    browser = await house.agent("1001")
    first, name = browser.cookie(), f"hotline-{house.base.rpartition(':')[2]}"
    await browser.post("/api/login", json={"agent": "1001", "password": PASSWORDS["1001"]})
    assert browser.cookie() not in {"", first}
    thief = house.browser()
    assert (await thief.get("/api/session", headers={"Cookie": f"{name}={first}"})).status == 401


async def test_a_planted_or_changed_cookie_opens_nothing(house: House) -> None:
    browser = await house.agent("1001")
    payload, mac = browser.cookie().split(".")
    name = f"hotline-{house.base.rpartition(':')[2]}"
    for planted in ("x", "x.y", f"{payload}.", f"{payload}A.{mac}", f"{payload}.{mac[:-1]}", f"{payload}.é"):
        response = await house.browser().get("/api/session", headers={"Cookie": f"{name}={planted}"})
        assert response.status == 401, planted


async def test_leaving_signs_off_and_the_old_cookie_is_worthless(house: House) -> None:
    browser = await house.agent("1001")
    kept = browser.cookie()
    socket = await browser.socket()
    response = await browser.post("/logout", data={"csrf": browser.csrf})
    assert (response.status, response.headers["Location"]) == (303, "/login")
    assert house.peer.kinds() == ["sign_off"]
    assert await socket.close_code() == 4401
    name = f"hotline-{house.base.rpartition(':')[2]}"
    again = await house.browser().get("/api/session", headers={"Cookie": f"{name}={kept}"})
    assert again.status == 401


async def test_leaving_one_log_in_leaves_the_desk_of_the_other_alone(house: House) -> None:
    old, new = await house.agent("1001"), await house.agent("1001")
    desk = await new.socket()
    await desk.next("snapshot")
    assert (await old.post("/logout", data={"csrf": old.csrf})).status == 303
    assert house.peer.commands == []
    assert (await new.get("/api/session")).status == 200


async def test_coming_and_going_is_audited(house: House) -> None:
    browser = await house.agent("1001")
    await house.browser().log_in("1002", "wrong-wrong")
    await browser.post("/logout", data={"csrf": browser.csrf})
    async with asyncio.timeout(LONG):
        while len(noted := await _noted(house)) < 3:  # noqa: ASYNC110 - rows come beside the answer
            await asyncio.sleep(0.05)
    assert sorted(noted) == [("1001", "logged_in"), ("1001", "logged_out"), ("1002", "login_refused")]


async def _noted(house: House) -> list[tuple[str, str]]:
    async with house.database.begin() as session:
        return [(row.actor, row.act) for row in await session.execute(select(audit.c.actor, audit.c.act))]


async def test_leaving_during_a_call_is_refused_in_words(house: House) -> None:
    house.peer.answer = lambda command: {"ok": False, "code": "in_call", "text": "通话中不能签出"}
    browser = await house.agent("1001")
    response = await browser.post("/logout", data={"csrf": browser.csrf})
    assert response.status == 409
    assert "通话中不能签出" in await response.text()
    assert (await browser.get("/api/session")).status == 200


async def test_with_the_database_away_who_is_in_stays_in_and_who_is_not_is_told(house: House) -> None:
    browser = await house.agent("1001")
    house.postgres.suspend()
    assert (await browser.get("/desk")).status == 200
    refused = await house.browser().log_in("1002", PASSWORDS["1002"])
    assert refused.status == 503
    assert "数据库暂时不可用" in await refused.text()
    assert (await browser.post("/api/phone")).status == 200


async def test_expired_session_logs_in_again_in_place(house: House) -> None:
    browser = house.browser()
    given = {"agent": "1001", "password": PASSWORDS["1001"]}
    response = await browser.post("/api/login", json=given)
    assert response.status == 200
    assert (await response.json())["agent"]["id"] == "1001"
    assert (await browser.get("/desk")).status == 200
    for headers in ({"Origin": "https://evil.example"}, {"Content-Type": "text/plain"}):
        assert (await browser.post("/api/login", json=given, headers=headers)).status in {400, 403}


async def test_a_disabled_agent_is_out_at_once(house: House) -> None:
    from storage.agents import AgentStore, write_directory

    browser = await house.agent("1001")
    store = AgentStore(house.database, centre_id=house.settings.centre_id)
    await store.set_disabled("1001", True)
    write_directory(house.home / "state/agents.json", await store.all())
    assert (await browser.get("/api/session")).status == 401
    assert (await house.browser().log_in("1001", PASSWORDS["1001"])).status == 401


async def test_a_log_out_outlives_a_restart_of_the_process(house: House) -> None:
    """Nothing but the file is handed on; who had not logged out is still in."""
    gone, here = await house.agent("1001"), await house.agent("1002")
    left = gone.cookie()
    assert (await gone.post("/logout", data={"csrf": gone.csrf})).status == 303
    restarted = make_app(house.config)[keys.SESSIONS]
    assert restarted.read(left) is None
    assert restarted.read(here.cookie()) is not None
    assert house.config.logouts.stat().st_mode & 0o777 == 0o600


def test_expired_and_torn_lines_of_the_file_of_log_outs_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "state/logouts"
    kept = Logouts(file)
    kept.add("old", 50)
    kept.add("young", 150)
    with file.open("a") as torn:
        torn.write("half 1٣\nnothing\n half")
    assert Logouts(file).read(100) == {"young": 150}
    assert file.read_text() == "young 150\n"
    assert Logouts(file).read(200) == {}


def test_a_log_out_that_cannot_be_written_counts_until_the_restart(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    sessions = Sessions(b"s" * 32, lambda: 100.0, 3600, Logouts(tmp_path / "state/logouts"))
    record = AgentRecord(id="1", name="n", extension="1", queues=(), roles=frozenset(), sip_generation=1)
    session = sessions.start(record)
    sessions.end(session)
    assert sessions.read(sessions.cookie(session)) is None

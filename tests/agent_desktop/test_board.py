"""The supervisors' board: who may see it, rows and numbered changes, and acts that leave a trace."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from sqlalchemy import select

from cti.core.agent_rules import AgentRules
from storage.tables import audit
from tests.agent_desktop.browser import Browser, Socket
from tests.agent_desktop.conftest import House
from tests.patience import LONG

CALL = "HCdemo-1-1795267200.1"


async def board_of(browser: Browser) -> Socket:
    url = f"{browser.base.replace('http', 'ws', 1)}/ws/board"
    return Socket(await browser.http.ws_connect(url, headers={"Origin": browser.base}))


async def acts(house: House, actor: str) -> list[tuple[str, str]]:
    async with house.database.begin() as session:
        rows = await session.execute(select(audit.c.act, audit.c.subject).where(audit.c.actor == actor))
        return [(row.act, row.subject) for row in rows if row.act != "logged_in"]


async def test_an_agent_sees_no_board(house: House) -> None:
    browser = await house.agent("1001")
    assert (await browser.get("/board")).status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await board_of(browser)
    assert refused.value.status == 403
    assert (await (await house.agent("1005")).get("/board")).status == 200


async def test_the_board_begins_with_all_rows_and_goes_on_with_numbered_changes(house: House) -> None:
    house.peer.agent("1001", "talking", call_id=CALL)
    house.peer.call(CALL, "talking", agent="1001")
    socket = await board_of(await house.agent("1005"))
    first = await socket.next("board")
    assert first["seq"] == 0
    assert set(first["rows"]["agents"]) == {"1001", "1002", "1005"}
    assert first["rows"]["agents"]["1001"]["state"] == "talking"
    assert first["rows"]["calls"][CALL]["number_masked"] == "138****6027"
    house.peer.agent("1002", "ready", hand_raised_at="2026-11-21T12:00:00+00:00")
    changes = await socket.next("changes")
    assert changes["seq"] == 1
    assert [(table, id_) for table, id_, _ in changes["rows"]] == [("agents", "1002")]
    house.peer.call(CALL, "ended", agent="1001")
    changes = await socket.next("changes")
    assert ["calls", CALL, None] in changes["rows"]
    assert "13800006027" not in json.dumps([first, changes])


async def test_figures_are_those_that_cti_counts_and_a_new_process_has_them_at_once(house: House) -> None:
    counted = {"arrived": 7, "queued": 5, "answered": 4, "quick_queue": 3, "quick_arrival": 2, "given_up": 1}
    socket = await board_of(await house.agent("1005"))
    assert (await socket.next("board"))["rows"]["figures"] == {"today": dict.fromkeys(counted, 0)}
    house.peer.change("figures", "today", counted)
    assert (await socket.next("changes"))["rows"] == [["figures", "today", counted]]
    await house.peer.stop()
    await house.peer.start()
    while (first := await socket.next("board"))["system"]["cti"] != "up":
        pass
    assert first["rows"]["figures"] == {"today": counted}


async def test_a_supervisors_acts_carry_the_roles_and_are_audited(house: House) -> None:
    socket = await board_of(await house.agent("1005"))
    await socket.send(type="command", id="a", kind="listen", agent="1001")
    assert (await socket.next("reply"))["ok"]
    assert house.peer.commands[-1]["args"] == {"agent": "1001", "roles": ["agent", "supervisor"]}
    assert house.peer.commands[-1]["actor"] == "1005"
    await socket.send(type="command", id="b", kind="message", agent="1001", text="请放慢语速")
    assert (await socket.next("reply"))["ok"]
    async with asyncio.timeout(LONG):
        while len(found := await acts(house, "1005")) < 2:
            pass
    assert found == [("listened", "1001"), ("agent_messaged", "1001")]


async def test_a_forced_pause_has_a_reason_that_every_centre_allows(house: House) -> None:
    """Whatever the board's language is, and whatever the centre lists."""
    socket = await board_of(await house.agent("1005"))
    await socket.send(type="command", id="a", kind="force", agent="1001", state="paused")
    assert (await socket.next("reply"))["ok"]
    reason = house.peer.commands[-1]["args"]["reason"]
    assert reason == "班长安排"
    assert AgentRules(pause_reasons=frozenset({"用餐"})).allows_reason(reason)
    await socket.send(type="command", id="b", kind="force", agent="1001", state="ready")
    assert (await socket.next("reply"))["ok"]
    assert "reason" not in house.peer.commands[-1]["args"]


async def test_an_agent_may_not_listen_from_the_desk_either(house: House) -> None:
    socket = await (await house.agent("1001")).socket()
    await socket.send(type="command", id="a", kind="listen", agent="1002")
    assert (await socket.next("reply"))["code"] == "forbidden"
    assert house.peer.commands == []


async def test_nobody_is_listened_to_while_no_trace_can_be_written(house: House) -> None:
    socket = await board_of(await house.agent("1005"))
    house.postgres.suspend()
    await socket.send(type="command", id="a", kind="listen", agent="1001")
    assert (await socket.next("reply"))["code"] == "database_away"
    await socket.send(type="command", id="b", kind="force", agent="1001", state="paused", reason="班长安排")
    assert (await socket.next("reply"))["ok"], "an order to a seat goes on, its trace is written later"
    house.postgres.resume()
    assert house.peer.kinds() == ["force"]


async def test_a_board_that_falls_silent_is_closed(house: House) -> None:
    socket = await board_of(await house.agent("1005"))
    await socket.next("board")
    socket.beats = False
    assert await socket.close_code() == 4408

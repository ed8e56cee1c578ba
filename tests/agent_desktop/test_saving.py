"""Drafts and cases: saved once, kept on this machine while PostgreSQL is away, nobody else's to read."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, text

from agent_desktop import keys
from cases.classify import seed_reference
from storage.tables import case_calls, cases
from tests.agent_desktop.browser import Browser, eventually
from tests.agent_desktop.conftest import House
from tests.agent_desktop.test_desk_socket import HOSTILE
from tests.patience import LONG

CALL = "HCdemo-1-1795267200.7"


def form(**more: Any) -> dict[str, Any]:
    reference = seed_reference()
    return {
        "kind": "help",
        "text": "小区路灯不亮，请派人修理。",
        "class_code": next(iter(reference.classes)),
        "district": next(iter(reference.districts)),
        "urgency": "normal",
        "confidential": False,
        "outcome": "dispatch",
        "answer": "",
        "idempotency": str(uuid4()),
    } | more


async def stored(house: House) -> int:
    async with house.database.begin() as session:
        return await session.scalar(select(func.count()).select_from(cases)) or 0


async def talking(house: House, agent: str = "1001") -> None:
    house.peer.call(CALL, "talking", agent=agent)
    await eventually(lambda: house.app[keys.CONTROL].live.was_at(CALL, agent))


async def test_a_saved_case_has_a_number_its_call_and_its_caller(house: House) -> None:
    browser = await house.agent("1001")
    await talking(house)
    response = await browser.post("/api/cases", json=form(call_id=CALL))
    saved = await response.json()
    assert (response.status, saved["sync"]) == (201, "stored")
    assert saved["number"]
    async with house.database.begin() as session:
        row = (await session.execute(select(cases))).mappings().one()
        link = (await session.execute(select(case_calls.c.call_id))).scalar_one()
    fields = house.config.cases._fields  # type: ignore[attr-defined]
    assert link == CALL
    assert fields.open_bytes(row["caller_number_key"], row["caller_number_sealed"]) == "13800006027"
    assert saved["number"] in await (await browser.get("/desk/cases")).text()


async def test_saving_during_the_call_keeps_the_card_and_adds_the_case_to_it(house: House) -> None:
    browser = await house.agent("1001")
    socket = await browser.socket()
    await talking(house)
    assert (await socket.next("card"))["card"]["open_cases"] == []
    saved = await (await browser.post("/api/cases", json=form(call_id=CALL))).json()
    card = (await socket.next("card"))["card"]
    while not card["open_cases"]:  # a slow first look-up may have been painted twice
        card = (await socket.next("card"))["card"]
    assert [line["case_id"] for line in card["open_cases"]] == [saved["case_id"]]
    house.postgres.suspend()
    await eventually(lambda: not house.app[keys.DATABASE].is_up)
    await browser.post("/api/cases", json=form(call_id=CALL))
    await socket.silence("card")


async def test_the_same_save_again_is_the_same_case(house: House) -> None:
    browser = await house.agent("1001")
    given = form()
    answers = await asyncio.gather(*(browser.post("/api/cases", json=given) for _ in range(4)))
    told = [await answer.json() for answer in answers]
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
    assert len({case["case_id"] for case in told}) == 1
    assert await stored(house) == 1


async def test_another_agents_key_does_not_show_their_case(house: House) -> None:
    given = form()
    first = await (await (await house.agent("1001")).post("/api/cases", json=given)).json()
    second = await (await (await house.agent("1002")).post("/api/cases", json=given)).json()
    assert first["case_id"] != second["case_id"]


async def test_every_wrong_field_is_named(house: House) -> None:
    response = await (await house.agent()).post("/api/cases", json=form(text="", kind="x", district="x"))
    assert response.status == 422
    assert set((await response.json())["errors"]) == {"text", "kind", "district"}


async def test_a_case_on_another_agents_call_is_refused(house: House) -> None:
    await talking(house, "1002")
    response = await (await house.agent("1001")).post("/api/cases", json=form(call_id=CALL))
    assert response.status == 404
    assert await stored(house) == 0


async def test_with_the_database_away_a_case_is_kept_here_and_delivered_once(house: House) -> None:
    browser = await house.agent("1001")
    socket = await browser.socket()
    await talking(house)
    house.postgres.suspend()
    given = form(call_id=CALL)
    response = await browser.post("/api/cases", json=given)
    kept = await response.json()
    assert (response.status, kept["sync"], kept["number"]) == (201, "pending", "")
    again = await browser.post("/api/cases", json=given)
    assert (await again.json())["case_id"] == kept["case_id"]
    page = await (await browser.get("/desk/cases")).text()
    assert "待同步" in page
    house.postgres.resume()
    frame = await _within(LONG, socket.ws, "case")
    assert (frame["case_id"], frame["sync"]) == (kept["case_id"], "stored")
    assert frame["number"]
    assert await stored(house) == 1
    last = await (await browser.post("/api/cases", json=given)).json()
    assert (last["case_id"], last["number"], last["sync"]) == (kept["case_id"], frame["number"], "stored")
    assert await stored(house) == 1
    assert (await (await browser.get("/api/system")).json())["pending_cases"] == 0


async def test_what_waits_here_survives_this_process(house: House) -> None:
    browser = await house.agent("1001")
    house.postgres.suspend()
    kept = await (await browser.post("/api/cases", json=form())).json()
    from storage.spool import Spool

    reopened = Spool(house.home / "spool/spool.db")
    waiting = await reopened.pending("1001")
    reopened.close()
    assert [one.case_id for one in waiting] == [kept["case_id"]]


async def test_the_spool_and_local_drafts_hold_no_callers_number_in_clear(house: House) -> None:
    browser = await house.agent("1001")
    await talking(house)
    house.postgres.suspend()
    await browser.post("/api/cases", json=form(call_id=CALL))
    await browser.put("/api/drafts/new", json={"version": 0, "fields": {"text": "秘密内容", "n": "13800006027"}})
    kept = [path for path in (house.home / "spool").rglob("*") if path.is_file()]
    assert any(path.suffix == ".json" for path in kept)
    for path in kept:
        content = path.read_bytes()
        assert b"13800006027" not in content, path.name
        assert "秘密内容".encode() not in content
        assert path.stat().st_mode & 0o077 == 0


async def test_a_draft_comes_back_and_an_older_one_is_a_conflict(house: House) -> None:
    browser = await house.agent("1001")
    assert (await (await browser.get(f"/api/drafts/{CALL}")).json())["version"] == 0
    first = await browser.put(f"/api/drafts/{CALL}", json={"version": 0, "fields": {"text": "一"}})
    assert (await first.json())["version"] == 1
    second = await browser.put(f"/api/drafts/{CALL}", json={"version": 1, "fields": {"text": "二"}})
    assert (await second.json())["version"] == 2
    late = await browser.put(f"/api/drafts/{CALL}", json={"version": 1, "fields": {"text": "旧"}})
    told = await late.json()
    assert (late.status, told["version"], told["fields"]) == (409, 2, {"text": "二"})
    assert (await (await browser.get(f"/api/drafts/{CALL}")).json())["fields"] == {"text": "二"}


async def test_nobody_reads_another_agents_draft(house: House) -> None:
    await (await house.agent("1001")).put(f"/api/drafts/{CALL}", json={"version": 0, "fields": {"text": "一"}})
    for other in ("1002", "1005"):
        seen = await (await (await house.agent(other)).get(f"/api/drafts/{CALL}")).json()
        assert (seen["version"], seen["fields"]) == (0, {})


async def test_a_draft_goes_on_while_the_database_is_away_and_after(house: House) -> None:
    browser = await house.agent("1001")
    await _draft(browser, 0, "一")
    house.postgres.suspend()
    await eventually(lambda: not house.app[keys.DATABASE].is_up)
    assert (await _draft(browser, 1, "二"))["kept"] == "local"
    assert (await _draft(browser, 2, "三"))["version"] == 3
    late = await browser.put(f"/api/drafts/{CALL}", json={"version": 1, "fields": {"text": "旧"}})
    assert late.status == 409
    assert (await (await browser.get(f"/api/drafts/{CALL}")).json())["fields"] == {"text": "三"}
    house.postgres.resume()
    await eventually(lambda: house.app[keys.DATABASE].is_up)
    after = await _draft(browser, 3, "四")
    assert (after["kept"], after["version"]) == ("database", 4)
    assert await _draft(browser, 3, "四") == after | {"saved_at": after["saved_at"]}, "a repeated save is no conflict"


async def test_saving_the_case_ends_its_draft(house: House) -> None:
    browser = await house.agent("1001")
    await talking(house)
    await _draft(browser, 0, "一")
    await browser.post("/api/cases", json=form(call_id=CALL))
    assert (await (await browser.get(f"/api/drafts/{CALL}")).json())["version"] == 0


async def test_bodies_that_are_no_forms_are_refused_and_change_nothing(house: House) -> None:
    browser = await house.agent("1001")
    for body in ("", "[]", "{", '"x"', "[" * 100_000, "9" * 20_000):
        headers = {"Content-Type": "application/json"}
        for method, path in (("POST", "/api/cases"), ("PUT", f"/api/drafts/{CALL}")):
            response = await browser._ask(method, path, data=body, headers=headers)
            assert response.status == 400, body[:10]
    huge = await browser.put(f"/api/drafts/{CALL}", json={"version": 0, "fields": {"t": "x" * 200_000}})
    assert huge.status in {400, 413}
    assert (await browser.put("/api/drafts/..%2Fx", json={"version": 0, "fields": {}})).status in {400, 404}
    assert await stored(house) == 0


async def test_hostile_words_are_escaped_in_every_list(house: House) -> None:
    browser = await house.agent("1001")
    for words in HOSTILE[:4] + HOSTILE[-1:]:
        await browser.post("/api/cases", json=form(text=words))
    house.postgres.suspend()
    for words in HOSTILE[:4]:
        await browser.post("/api/cases", json=form(text=words))
    house.postgres.resume()
    page = await (await browser.get("/desk/cases")).text()
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page


async def test_the_log_holds_no_words_and_no_full_number(house: House, capsys: Any) -> None:
    browser = await house.agent("1001")
    await talking(house)
    await browser.post("/api/cases", json=form(call_id=CALL, text="绝不可见的内容"))
    printed = capsys.readouterr()
    assert "绝不可见" not in printed.out + printed.err
    assert "13800006027" not in printed.out + printed.err
    assert "case.saved" in printed.out + printed.err


async def test_reference_lists_are_there_without_the_database(house: House) -> None:
    browser = await house.agent("1001")
    house.postgres.suspend()
    lists = await (await browser.get("/api/reference")).json()
    assert {"classes", "districts", "kinds", "urgencies", "pause_reasons"} == set(lists)
    assert set(lists["classes"][0]) == {"code", "name", "path", "initials"}


async def _draft(browser: Browser, version: int, words: str) -> dict[str, Any]:
    body = {"version": version, "fields": {"text": words}}
    response = await browser.put(f"/api/drafts/{CALL}", json=body)
    assert response.status == 200, await response.text()
    told: dict[str, Any] = await response.json()
    return told


async def _within(seconds: float, ws: Any, type_: str) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while True:
            frame: dict[str, Any] = (await ws.receive()).json()
            if frame["type"] == type_:
                return frame


async def test_the_store_is_really_postgresql(house: House) -> None:
    async with house.database.begin() as session:
        assert "PostgreSQL" in str(await session.scalar(text("SELECT version()")))

"""Records of emergencies over HTTP: for the services' own systems, supervisors and whoever pressed; audited."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, select, update

from hotline import secrets_store
from hotline.wiring.web import personal_fields
from storage.agents import Agent, AgentStore, write_directory
from storage.sealed import sealed_columns
from storage.tables import audit, calls, case_calls, cases, emergencies
from tests.agent_desktop.browser import Browser
from tests.agent_desktop.conftest import PASSWORDS, House
from tests.conftest import CENTRE

CALL = "HCdemo-1-1795267200.9"
ID = f"{CALL}:1"
NUMBER, SUMMARY, PLACE = "13800006027", "老人在家摔倒", "示范区 人民路1号"
MONTH = date(2026, 11, 1)
KEY = {"centre_id": CENTRE, "created_month": MONTH, "call_id": CALL}


async def _emergency(house: House, *, minutes_ago: float = 5, pressed_by: str = "1001") -> None:
    fields = personal_fields(secrets_store.read(house.settings), CENTRE)
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    pressed: dict[str, Any] = KEY | {"place": 0, "service": "110", "trigger": "desk", "pressed_by": pressed_by}
    pressed |= {"pressed_at": at, "reached_at": at + timedelta(seconds=4), "ended_at": at + timedelta(seconds=64)}
    pressed |= {"route": "一线", "outcome": "reached", "ended_by": "operator", "district": "02", "leg": "x"}
    pressed |= {"tried": [{"route": "一线", "at": at.isoformat(), "reason": "", "until": at.isoformat()}]}
    pressed |= sealed_columns("summary", fields.seal(SUMMARY)) | sealed_columns("location", fields.seal(PLACE))
    async with house.database.begin() as session:
        call = KEY | {"node_id": "demo-1", "arrived_at": at, **sealed_columns("number", fields.seal(NUMBER))}
        await session.execute(insert(calls).values(**call))
        await session.execute(insert(emergencies).values(**pressed))


async def _linkage(house: House) -> Browser:
    """The system of an emergency service: a log-in that may do this and nothing else."""
    store = AgentStore(house.database, centre_id=CENTRE, hasher=PasswordHasher(time_cost=1, memory_cost=64))
    PASSWORDS["8001"] = "linkage-8001-pass"
    await store.add(Agent(id="8001", name="公安联动", roles=("linkage",), queues=()), PASSWORDS["8001"])
    path = house.settings.home / "state/agents.json"
    write_directory(path, await store.all())
    return await house.agent("8001")


async def _acts(house: House) -> list[tuple[str, str, str]]:
    async with house.database.begin() as session:
        rows = await session.execute(select(audit.c.actor, audit.c.act, audit.c.subject).order_by(audit.c.place))
        return [tuple(row) for row in rows if not row.act.startswith("log")]


async def test_the_linkage_reads_the_whole_record_and_the_number_only_when_it_asks(house: House) -> None:
    await _emergency(house)
    linkage = await _linkage(house)
    response = await linkage.get(f"/api/emergencies/{ID}")
    assert response.status == 200
    told = await response.json()
    assert NUMBER not in json.dumps(told)
    assert (told["service"], told["location"], told["summary"]) == ("110", PLACE, SUMMARY)
    assert (told["operator"]["stayed_s"], told["ended_by"]) == (60.0, "operator")
    assert [(each["route"], each["result"]) for each in told["routes"]] == [("一线", "answered")]
    clear = await (await linkage.get(f"/api/emergencies/{ID}?number=clear")).json()
    assert clear["caller"] == {"number": NUMBER, "clear": True}
    assert "no-store" in response.headers["Cache-Control"]
    assert await _acts(house) == [("8001", "emergency_shown", ID), ("8001", "number_revealed", ID)]


async def test_the_linkage_may_do_nothing_else(house: House) -> None:
    linkage = await _linkage(house)
    for path in ("/desk", "/desk/calls", "/board", "/api/directory", "/api/targets", "/api/drafts/new"):
        assert (await linkage.get(path)).status == 403, path


async def test_whoever_pressed_reads_it_another_agent_and_a_stranger_do_not(house: House) -> None:
    await _emergency(house)
    assert (await (await house.agent("1001")).get(f"/api/emergencies/{ID}")).status == 200
    assert (await (await house.agent("1005")).get(f"/api/emergencies/{ID}")).status == 200
    other = await house.agent("1002")
    refused, missing = await other.get(f"/api/emergencies/{ID}"), await other.get(f"/api/emergencies/{CALL}:7")
    assert (refused.status, missing.status) == (404, 404)
    assert await refused.text() == await missing.text(), "a refusal does not tell that it exists"
    assert (await (await other.get("/api/emergencies")).json())["emergencies"] == []
    assert (await house.browser().get(f"/api/emergencies/{ID}")).status == 401
    assert {actor for actor, _, _ in await _acts(house)} == {"1001", "1005"}


async def test_a_confidential_caller_s_number_is_not_for_the_agent(house: House) -> None:
    await _emergency(house)
    await _confidential_case(house)
    agent = await house.agent("1001")
    assert (await agent.get(f"/api/emergencies/{ID}")).status == 200
    assert (await agent.get(f"/api/emergencies/{ID}?number=clear")).status == 403
    assert (await (await house.agent("1005")).get(f"/api/emergencies/{ID}?number=clear")).status == 200
    assert ("1001", "number_revealed", ID) not in await _acts(house)


async def test_the_list_tells_what_changed_since_and_leaves_a_row(house: House) -> None:
    await _emergency(house, minutes_ago=30)
    supervisor = await house.agent("1005")
    told = await (await supervisor.get("/api/emergencies")).json()
    assert [each["id"] for each in told["emergencies"]] == [ID]
    assert NUMBER not in json.dumps(told)
    since = (datetime.now(UTC) - timedelta(minutes=29.5)).isoformat()
    assert len((await (await supervisor.get("/api/emergencies", params={"since": since})).json())["emergencies"]) == 1
    later = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    assert (await (await supervisor.get("/api/emergencies", params={"since": later})).json())["emergencies"] == []
    assert [act for _, act, _ in await _acts(house)] == ["emergencies_listed"] * 2


@pytest.mark.parametrize(
    "query",
    ["since=yesterday", "since=2026-11-21T00:00:00", "since=0001-01-01T00:00:00%2B00:00", "limit=0", "limit=501",
     "limit=-1", "limit=%D9%A3", "limit=99999999999"],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(house: House, query: str) -> None:
    assert (await (await house.agent("1005")).get(f"/api/emergencies?{query}")).status == 400


@pytest.mark.parametrize("name", ["x" * 200, "%00", "..%2f..%2fetc", "HC'%20OR%201=1--:1", "%E7%81%AB:1"])
async def test_a_name_that_is_none_finds_nothing(house: House, name: str) -> None:
    assert (await (await house.agent("1005")).get(f"/api/emergencies/{name}")).status in {400, 404}


async def test_no_audit_no_record(house: House) -> None:
    await _emergency(house)
    browser = await house.agent("1005")
    house.postgres.suspend()
    assert (await browser.get(f"/api/emergencies/{ID}")).status == 503


async def _confidential_case(house: House) -> None:
    case_id = (await _saved(house))["case_id"]
    async with house.database.begin() as session:
        await session.execute(update(cases).values(confidential=True))
        row = (await session.execute(select(cases.c.created_month, cases.c.case_id))).one()
        assert str(row.case_id) == case_id
        key = {"centre_id": CENTRE, "created_month": row.created_month, "case_id": row.case_id}
        await session.execute(insert(case_calls).values(**key, call_id=CALL, linked_at=datetime.now(UTC)))


async def _saved(house: House) -> dict[str, Any]:
    form = {"kind": "help", "text": "有人敲门", "class_code": "080101", "district": "02", "outcome": "dispatch"}
    form |= {"idempotency": "0f0e0d0c-0b0a-4900-8807-060504030201", "place": "人民路1号"}
    response = await (await house.agent("1001")).post("/api/cases", json=form)
    assert response.status == 201
    return dict(await response.json())

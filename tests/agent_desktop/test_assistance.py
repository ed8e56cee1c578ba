"""The specialists who were asked into a call are told where the call or its case is looked at, and to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from agent_desktop.assistance import Assistance, assistance_views
from agent_desktop.names import Names
from storage.months import month_of_case
from storage.tables import case_calls, three_ways
from tests.agent_desktop.browser import Browser
from tests.agent_desktop.conftest import House
from tests.agent_desktop.test_lanes import CALL, PATH, a_call, after, keep, told

NOW = "HCdemo-1-1795267300.11"
NUMBER = "13800006027"


async def a_three_way(house: House, place: int = 0, **more: Any) -> None:
    """`shebao` was asked, answered after 12 s, talked for 9 s and solved it."""
    row: dict[str, Any] = {"entry": "shebao", "department": "市人力资源和社会保障局", "asked_by": "1001"}
    row |= {"asked_at": after(8), "answered_at": after(12), "accepted_at": after(13), "ended_at": after(22)}
    await keep(house, three_ways, place=place, **row | {"talked_s": 9.2, "outcome": "talked", "solved": True} | more)


def name_of(house: House, entry: str) -> str:
    entries = house.config.directory.entries(datetime.now(UTC))
    return next(f"{each.department}{each.name}" for each in entries if each.id == entry)


async def a_case(browser: Browser, house: House) -> str:
    """An open case of the caller whose call is at this desk now; its id."""
    house.peer.call(NOW, "talking", agent="1001", number=NUMBER)
    socket = await browser.socket("w")
    await socket.next("card")
    await socket.close()
    reference = await (await browser.get("/api/reference")).json()
    form: dict[str, Any] = {"kind": "help", "text": "养老金没有到账", "call_id": NOW}
    form |= {"class_code": reference["classes"][0]["code"], "district": reference["districts"][0]["code"]}
    form |= {"urgency": "normal", "outcome": "dispatch", "answer": "", "confidential": False}
    saved = await browser.post("/api/cases", json=form | {"idempotency": "5f0c1a2e-7f2b-4f1e-9d53-6f3f2a1b0c9d"})
    assert saved.status in {200, 201}, await saved.text()
    return str((await saved.json())["case_id"])


async def link(house: House, case_id: str, call_id: str) -> None:
    row = {"centre_id": house.settings.centre_id, "created_month": month_of_case(UUID(case_id))}
    async with house.database.begin() as session:
        await session.execute(
            insert(case_calls).values(**row, case_id=UUID(case_id), call_id=call_id, linked_at=after(30))
        )


async def test_the_player_is_told_who_helped_when_for_how_long_and_whether_it_was_solved(house: House) -> None:
    await a_call(house)
    await a_three_way(house, 0, entry="jiuye", outcome="busy", answered_at=None, talked_s=0.0, solved=None)
    await a_three_way(house, 1, asked_at=after(10))
    first, second = (await told(house))["assistance"]
    assert (first["who"], first["outcome"]) == (name_of(house, "jiuye"), "busy")
    assert (first["answered_at"], first["solved"]) == (None, None)
    assert second == {
        "who": name_of(house, "shebao"),
        "agent": "1001",
        "agent_name": "王晓敏",
        "asked_at": "2026-11-21T12:00:10.000Z",
        "answered_at": "2026-11-21T12:00:12.000Z",
        "talked_seconds": 9,
        "outcome": "talked",
        "solved": True,
    }


async def test_who_may_not_hear_the_call_is_not_told_who_helped(house: House) -> None:
    await a_call(house)
    await a_three_way(house)
    assert (await told(house, "1005"))["assistance"] != []
    refused = await (await house.agent("1002")).get(PATH)
    assert refused.status == 404
    assert "shebao" not in await refused.text()


async def test_a_case_on_the_caller_card_tells_who_was_asked_in_any_of_its_calls(house: House) -> None:
    await a_call(house)
    browser = await house.agent("1001")
    case_id = await a_case(browser, house)
    await a_three_way(house, solved=False)
    await link(house, case_id, CALL)
    later = "HCdemo-1-1795267400.12"
    house.peer.call(NOW, "ended", agent=None)
    house.peer.call(later, "ringing", ringing=["1001"], number=NUMBER)
    socket = await browser.socket("w")
    card = (await socket.next("card"))["card"]
    while card["call_id"] != later or not card["open_cases"]:
        card = (await socket.next("card"))["card"]
    (case,) = card["open_cases"]
    assert case["case_id"] == case_id
    (helper,) = case["assistance"]
    assert (helper["who"], helper["talked_seconds"], helper["solved"]) == (name_of(house, "shebao"), 9, False)


def test_an_entry_that_left_the_directory_keeps_its_departments_name() -> None:
    row = Assistance(
        entry="old", department="市房管局", asked_by="1001", asked_at=None, answered_at=None, talked_seconds=1.6,
        outcome="talked", solved=None,
    )  # fmt: skip
    names = Names(agent=lambda agent: agent, entry=lambda entry: entry)
    (view,) = assistance_views([row], names)
    assert (view.who, view.agent_name, view.talked_seconds) == ("市房管局", "1001", 2)
    (nameless,) = assistance_views([Assistance(**{**_fields(row), "department": "", "asked_by": ""})], names)
    assert (nameless.who, nameless.agent_name) == ("old", "")


def _fields(row: Assistance) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Assistance.__slots__}

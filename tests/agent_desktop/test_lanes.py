"""What the player is told of a call: its parties on one line of time, what is missing, what was left out."""

from __future__ import annotations

import array
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select

from storage.sealed_files import seal
from storage.tables import audit, call_legs, calls, recording_pauses, recordings
from storage.wav import wav_header
from tests.agent_desktop.conftest import House

CALL = "HCdemo-1-1795267200.9"
PATH = f"/api/calls/{CALL}/lanes"
BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)
OF_CALL = {"created_month": date(2026, 11, 1), "call_id": CALL}


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


async def keep(house: House, table: Any, **row: Any) -> None:
    async with house.database.begin() as session:
        await session.execute(insert(table).values(centre_id=house.settings.centre_id, **OF_CALL, **row))


async def a_leg(house: House, role: str, begins: float, seconds: float, **more: Any) -> str:
    """A recorded leg that plays so long; `level` is how loud, `missing` that its file never was. Its URI."""
    leg, uri = f"{role}-leg", f"recordings/closed/2026/11/21/{CALL}.{role}-x.wav"
    row: dict[str, Any] = {"state": "closed", "uri": uri, "seconds": seconds, "fault": more.get("fault")}
    if more.get("missing"):
        row = {"state": "missing", "fault": "gone"}
    else:
        sound = array.array("h", [more.get("level", 1000)] * int(seconds * 8000)).tobytes()
        file = house.home / uri
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(wav_header(len(sound)) + sound)
    party = {"party": more.get("party"), "label": more.get("label")}
    await keep(house, call_legs, leg=leg, role=role, **party, to_at=after(begins + seconds))
    await keep(house, recordings, recording_id=uuid4(), leg=leg, role=role, started_at=after(begins), **row)
    return uri


async def a_call(house: House) -> None:
    """20 s: the caller's all of it, agent 1001 from 4 s on, a specialist's file is lost."""
    ended = {"arrived_at": BEGAN, "ended_at": after(20), "outcome": "answered"}
    await keep(house, calls, node_id="demo-1", queue="general", agent_id="1001", **ended)
    await a_leg(house, "caller", 0, 20, level=16384)
    await a_leg(house, "agent", 4, 15, party="1001", level=3277, fault="repaired")
    await a_leg(house, "specialist", 8, 10, party="shebao", label="社会保险专员", missing=True)


async def told(house: House, agent: str = "1001") -> dict[str, Any]:
    answer = await (await house.agent(agent)).get(PATH)
    assert answer.status == 200
    body: dict[str, Any] = await answer.json()
    return body


async def test_each_party_is_a_lane_at_its_place_in_time_with_its_outline(house: House) -> None:
    await a_call(house)
    body = await told(house)
    assert (body["seconds"], body["tracks"], body["started_at"]) == (
        20,
        ["caller", "agent:1001"],
        "2026-11-21T12:00:00.000Z",
    )
    caller, agent, specialist = body["lanes"]
    places = [(each["role"], each["begins"], each["seconds"], each["track"]) for each in body["lanes"]]
    assert places == [("caller", 0, 20, 0), ("agent", 4, 15, 1), ("specialist", 8, 10, None)]
    assert (set(caller["peaks"]), set(agent["peaks"]), specialist["peaks"]) == ({50}, {10}, [])
    assert (agent["name"], agent["party"], specialist["name"]) == ("王晓敏", "1001", "社会保险专员")


async def test_what_is_missing_or_was_repaired_is_said_of_its_lane_and_in_the_list(house: House) -> None:
    await a_call(house)
    lanes = (await told(house))["lanes"]
    assert [(each["state"], each["fault"]) for each in lanes] == [
        ("closed", ""),
        ("closed", "repaired"),
        ("missing", "gone"),
    ]
    page = await (await (await house.agent("1001")).get("/desk/calls")).text()
    assert f'data-play-call="{CALL}"' in page
    assert page.count("data-fault=") == 2
    assert "录音缺失" in page
    assert "录音已修复" in page


async def test_pauses_are_gaps_and_one_that_nobody_ended_goes_on_to_the_end(house: House) -> None:
    await a_call(house)
    await keep(house, recording_pauses, place=0, reason="id_card", paused_by="1001", from_at=after(6), to_at=after(9))
    await keep(house, recording_pauses, place=1, reason="password", from_at=after(15))
    first, last = (await told(house))["pauses"]
    assert first == {"reason": "id_card", "by": "1001", "begins": 6, "ends": 9}
    assert (last["begins"], last["ends"]) == (15, 20)


async def test_the_tracks_are_those_of_the_joined_sound_and_looking_is_no_play(house: House) -> None:
    await a_call(house)
    browser = await house.agent("1001")
    body = await (await browser.get(PATH)).json()
    assert await plays(house) == 0
    sound = await browser.get(f"/recordings/call/{CALL}", headers={"Range": "bytes=0-43"})
    assert sound.headers["X-Hotline-Tracks"].split(",") == body["tracks"]
    assert await plays(house) == 1


async def test_only_those_who_may_hear_it_see_it(house: House) -> None:
    await a_call(house)
    await told(house, "1005")
    assert (await (await house.agent("1002")).get(PATH)).status == 404
    assert (await house.browser().get(PATH)).status == 401
    browser = await house.agent("1001")
    assert (await browser.get("/api/calls/HCdemo-1-1795267200.8/lanes")).status == 404
    assert (await browser.get("/api/calls/..%2f..%2fx/lanes")).status in {400, 404}


async def test_a_sealed_file_that_was_changed_is_flagged_and_the_others_are_drawn(house: House) -> None:
    await a_call(house)
    uri = f"recordings/closed/2026/11/21/{CALL}.agent-x.wav"
    sealed = seal(house.home / uri, uri, house.config.cases._fields)  # type: ignore[attr-defined]
    caller, agent, _ = (await told(house))["lanes"]
    assert set(agent["peaks"]) == {10}, "sealed it is drawn like any other"
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
    caller, agent, _ = (await told(house))["lanes"]
    assert (caller["fault"], set(caller["peaks"]), agent["fault"], agent["peaks"]) == ("", {50}, "seal", [])


async def test_without_the_database_it_is_said_so(house: House) -> None:
    await a_call(house)
    browser = await house.agent("1001")
    house.postgres.suspend()
    assert (await browser.get(PATH)).status == 503


async def plays(house: House) -> int:
    async with house.database.begin() as session:
        rows = await session.execute(select(audit.c.act).where(audit.c.act == "recording_played"))
        return len(rows.all())

"""The live desk: snapshot and numbered frames, one desk an agent, screen pop, commands, coming and going."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from time import time
from uuid import uuid4

import aiohttp
import pytest

from agent_desktop import keys
from agent_desktop.cards import FIRST_PAINT
from agent_desktop.control import COMMAND_LIFE
from cases.case import new_case_id
from cases.classify import seed_reference
from cases.form import read_form
from storage.cases import CaseStore
from storage.new_case import new_case
from tests.agent_desktop.browser import WAIT, Socket, eventually
from tests.agent_desktop.conftest import GRACE, House

CALL = "HCdemo-1-1795267200.1"
HOSTILE = (
    "</script><script>alert(1)</script>",
    "{{7*7}}",
    "a\r\nEvent: Hangup",
    '"; DROP TABLE calls; --',
    "\u202e张三\u0000",
    "😀" * 50,
    "x" * 10_000,
    "'\"><img src=x onerror=alert(1)>",
)


async def test_a_desk_sees_a_snapshot_and_then_numbered_frames(house: House) -> None:
    house.peer.agent("1001", "paused", reason="小休")
    socket = await (await house.agent()).socket()
    first = await socket.next()
    assert (first["type"], first["seq"], first["role"]) == ("snapshot", 0, "desk")
    assert first["agent"]["state"] == "paused"
    assert first["system"]["cti"] == "up"
    assert first["system"]["database"] == "up"
    house.peer.agent("1001", "ready")
    house.peer.change("queues", "general", {"waiting": 2, "longest_joined_at": None, "ready": 1, "talking": 0})
    frames = [await socket.next(), await socket.next()]
    assert [frame["seq"] for frame in frames] == [1, 2]
    assert {frame["type"] for frame in frames} == {"agent", "queues"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_page_of_another_origin_opens_no_socket(house: House, origin: str) -> None:
    browser = await house.agent()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await browser.socket(Origin=origin)
    assert refused.value.status == 403


async def test_a_stranger_opens_no_socket(house: House) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.browser().socket()
    assert refused.value.status == 401


async def test_the_card_pops_on_the_ringing_desk_only_with_open_cases_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was looked up while the caller waited, and waits for nothing: not even for the first paint's time."""
    monkeypatch.setattr("agent_desktop.desks.FIRST_PAINT", 10 * WAIT)
    await _three_open_cases(house, "13800006027")
    mine, other = await (await house.agent("1001")).socket(), await (await house.agent("1002")).socket()
    await mine.next("snapshot")
    await other.next("snapshot")
    house.peer.call(CALL, "queued")
    await eventually(lambda: house.app[keys.CARDS].known(CALL))
    house.peer.call(CALL, "ringing", ringing=["1001"])
    call = await mine.next("call")
    card = (await mine.next("card"))["card"]
    assert call["call"]["number_masked"] == card["number_masked"] == "138****6027"
    assert [line["status"] for line in card["open_cases"]] == ["awaiting_dispatch"] * 3
    assert card["source"] == "database"
    await other.silence("call")
    assert "13800006027" not in json.dumps(card)


async def test_with_the_database_away_the_card_is_painted_in_time_and_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look-up does not end before the database answers again: what paints the card is the time limit."""
    assert FIRST_PAINT <= 0.15
    monkeypatch.setattr("agent_desktop.cards._LOOKUP_LIMIT", 10 * WAIT)
    socket = await (await house.agent("1001")).socket()
    await socket.next("snapshot")
    house.postgres.suspend()
    house.peer.call(CALL, "ringing", ringing=["1001"])
    card = (await socket.next("card"))["card"]
    assert (card["source"], card["name"], card["open_cases"]) == ("unavailable", "张三", [])
    house.postgres.resume()
    late = (await socket.next("card"))["card"]
    assert late["source"] == "database"


async def test_a_withheld_number_gets_nobodys_cases(house: House) -> None:
    await _three_open_cases(house, "")
    socket = await (await house.agent("1001")).socket()
    house.peer.call(CALL, "ringing", ringing=["1001"], number="", name="")
    card = (await socket.next("card"))["card"]
    assert card["open_cases"] == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_callers_name_arrives_as_text(house: House, name: str) -> None:
    socket = await (await house.agent("1001")).socket()
    house.peer.call(CALL, "ringing", ringing=["1001"], name=name)
    assert (await socket.next("call"))["call"]["name"] == name
    assert (await socket.next("card"))["card"]["name"] == name


async def test_the_second_window_of_an_agent_reads_only_until_it_takes_over(house: House) -> None:
    browser = await house.agent("1001")
    first, second = await browser.socket("one"), await browser.socket("two")
    assert (await first.next("snapshot"))["role"] == "desk"
    assert (await second.next("snapshot"))["role"] == "reader"
    assert (await second.next("error"))["code"] == "desk_taken"
    await second.send(type="command", id="1", kind="ready")
    assert (await second.next("reply"))["code"] == "desk_taken"
    await second.line_up()
    await asyncio.sleep(0.1)
    assert house.peer.commands == [], "a reader's phone signs nobody on"
    await second.send(type="take_over")
    assert (await second.next("snapshot"))["role"] == "desk"
    assert (await first.next("snapshot"))["role"] == "reader"
    assert (await first.next("error"))["code"] == "desk_lost"
    await first.send(type="command", id="2", kind="ready")
    assert (await first.next("reply"))["code"] == "desk_taken"


async def test_a_reader_gets_no_card(house: House) -> None:
    browser = await house.agent("1001")
    await browser.socket("one")
    reader = await browser.socket("two")
    house.peer.call(CALL, "ringing", ringing=["1001"])
    await reader.silence("card")


async def test_a_reload_of_the_same_window_stays_the_desk(house: House) -> None:
    browser = await house.agent("1001")
    old = await browser.socket("same")
    new = await browser.socket("same")
    assert (await new.next("snapshot"))["role"] == "desk"
    assert await old.close_code() == 4409
    await asyncio.sleep(GRACE + 0.3)
    assert "desk_gone" not in house.peer.kinds()


async def test_a_window_replaces_a_desk_whose_beats_are_overdue(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_desktop.desk._OVERDUE", 0.2)
    browser = await house.agent("1001")
    old = await browser.socket("one")
    await asyncio.sleep(0.3)
    assert (await (await browser.socket("two")).next("snapshot"))["role"] == "desk"
    assert await old.close_code() == 4409


async def test_a_registered_line_signs_the_agent_on_once(house: House) -> None:
    socket = await (await house.agent("1001")).socket()
    before = time()
    await socket.line_up()
    await socket.line_up()
    await eventually(lambda: house.peer.commands)
    await asyncio.sleep(0.1)
    assert house.peer.kinds() == ["sign_on"]
    command = house.peer.commands[0]
    assert command["actor"] == "1001"
    assert command["args"] == {"queues": ["general", "enterprise"]}
    assert before + COMMAND_LIFE <= command["expires_at"] <= time() + COMMAND_LIFE


async def test_after_a_restart_of_cti_the_desk_signs_on_again(house: House) -> None:
    socket = await (await house.agent("1001")).socket()
    await socket.line_up()
    await eventually(lambda: house.peer.commands)
    await house.peer.stop()
    assert (await socket.next("system"))["system"]["cti"] == "down"
    await house.peer.start()
    assert (await socket.next("system"))["system"]["cti"] == "up"
    await eventually(lambda: house.peer.kinds() == ["sign_on", "sign_on"])


async def test_a_desk_that_went_is_told_to_cti_after_the_grace(house: House) -> None:
    house.peer.agent("1001", "ready")
    browser = await house.agent("1001")
    socket = await browser.socket()
    await socket.next("snapshot")
    await socket.close()
    back = await browser.socket()
    await asyncio.sleep(GRACE + 0.3)
    assert house.peer.commands == [], "back in time"
    await back.close()
    await eventually(lambda: house.peer.kinds() == ["desk_gone"])


async def test_commands_reach_cti_with_the_agents_own_name_and_come_back_with_words(house: House) -> None:
    house.peer.agent("1001", "talking", call_id=CALL)
    house.peer.call(CALL, "talking", agent="1001")
    socket = await (await house.agent("1001")).socket()
    await socket.send(type="command", id="a", kind="hold", call_id=CALL)
    assert await socket.next("reply") == {"type": "reply", "id": "a", "ok": True, "code": "", "text": ""}
    assert house.peer.commands[-1]["args"] == {"call_id": CALL}
    house.peer.answer = lambda command: {"ok": False, "code": "in_call", "text": "通话中"}
    await socket.send(type="command", id="b", kind="ready")
    assert (await socket.next("reply"))["text"] == "通话中"


async def test_no_command_on_a_call_of_another_desk(house: House) -> None:
    house.peer.call(CALL, "talking", agent="1002")
    socket = await (await house.agent("1001")).socket()
    for kind in ("hold", "retrieve", "hang_up"):
        await socket.send(type="command", id=kind, kind=kind, call_id=CALL)
        assert (await socket.next("reply"))["code"] == "not_your_call"
    assert house.peer.commands == []


async def test_with_cti_away_commands_say_so_in_words(house: House) -> None:
    await house.peer.stop()
    socket = await (await house.agent("1001")).socket()
    await eventually(lambda: not house.app[keys.CONTROL].is_up)
    await socket.send(type="command", id="a", kind="hang_up", call_id=CALL)
    reply = await socket.next("reply")
    assert reply["code"] == "cti_down"
    assert "话务控制" in reply["text"]


async def test_a_silent_cti_lets_the_command_expire(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_desktop.control.COMMAND_LIFE", 0.3)
    house.peer.answer = lambda command: None
    socket = await (await house.agent("1001")).socket()
    await socket.send(type="command", id="a", kind="ready")
    assert (await socket.next("reply"))["code"] == "expired"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"type":1}',
        '{"type":"sign_off"}',
        '{"type":"command","id":"1","kind":"sign_on"}',
        '{"type":"command","id":"1","kind":"ready","actor":"1002"}',
        '{"type":"command","id":"a\\r\\nb","kind":"ready"}',
        '{"type":"command","id":["1"],"kind":"ready"}',
        '{"type":"line","registered":"yes"}',
        "[" * 4000,
    ],
)
async def test_a_frame_that_is_none_is_refused_and_changes_nothing(house: House, text: str) -> None:
    socket = await (await house.agent("1001")).socket()
    await socket.ws.send_str(text)
    assert (await socket.next("error"))["code"] == "bad_frame"
    await socket.send(type="beat")
    assert house.peer.commands == []


async def test_a_flood_of_frames_closes_the_socket(house: House) -> None:
    socket = await (await house.agent("1001")).socket()
    # Ten seconds' worth at once: the server reads them faster than they were meant to come on any machine.
    for _ in range(400):
        with suppress(ConnectionError):
            await socket.send(type="beat")
    assert await socket.close_code() == 4429


async def test_an_ended_session_closes_its_socket_at_the_next_message(house: House) -> None:
    browser = await house.agent("1001")
    socket = await browser.socket()
    sessions = house.app[keys.SESSIONS]
    session = sessions.read(browser.cookie())
    assert session is not None
    sessions.end(session)
    await socket.send(type="beat")
    assert await socket.close_code() == 4401


async def test_a_lost_microphone_takes_a_ready_agent_out_and_back(house: House) -> None:
    house.peer.agent("1001", "ready")
    socket = await (await house.agent("1001")).socket()
    await socket.line_up()
    await eventually(lambda: house.peer.kinds() == ["desk_back"])
    await socket.send(type="line", registered=True, mic="lost")
    await eventually(lambda: house.peer.kinds()[-1] == "pause")
    assert house.peer.commands[-1]["args"] == {"reason": "设备故障"}
    house.peer.agent("1001", "paused", reason="设备故障")
    await socket.next("agent")
    await socket.line_up()
    await eventually(lambda: house.peer.kinds()[-1] == "ready")


async def test_a_reload_in_wrap_up_still_shows_the_call_and_its_card(house: House) -> None:
    browser = await house.agent("1001")
    socket = await browser.socket("w")
    house.peer.agent("1001", "talking", call_id=CALL)
    house.peer.call(CALL, "talking", agent="1001")
    await socket.next("card")
    house.peer.call(CALL, "ended", agent=None)
    house.peer.agent("1001", "wrap-up", wrap_up_until="2026-11-21T12:10:00+00:00")
    house.peer.change("calls", CALL, None)
    await socket.next("agent")
    await eventually(lambda: CALL not in house.app[keys.CONTROL].live.calls)
    again = await (await browser.socket("w")).next("snapshot")
    assert again["call"]["id"] == CALL
    assert again["card"]["call_id"] == CALL


async def test_a_missed_delta_is_healed_by_a_new_snapshot(house: House) -> None:
    socket: Socket = await (await house.agent("1001")).socket()
    await socket.next("snapshot")
    house.peer._seq += 5
    house.peer.agent("1001", "ready")
    agent = await socket.next("agent")
    assert agent["agent"]["state"] == "ready"


async def _three_open_cases(house: House, number: str) -> None:
    fields = house.config.cases._fields  # type: ignore[attr-defined]
    store = CaseStore(house.database, fields, centre_id=house.settings.centre_id)
    reference = seed_reference()
    for n in range(3):
        form = read_form(
            {
                "kind": "help",
                "text": f"路灯不亮 {n}",
                "class_code": next(iter(reference.classes)),
                "district": next(iter(reference.districts)),
                "urgency": "normal",
                "outcome": "dispatch",
                "answer": "",
                "idempotency": str(uuid4()),
            },
            reference,
        )
        now = datetime.now(UTC)
        new = new_case(form, number=number, name="张三", agent_id="1002", at=now, fields=fields)
        assert new.case_id != new_case_id(now)
        await store.save(new)

"""Calls that go out: to a number, to the caller of one's own case, to somebody who was missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent_desktop import keys
from agent_desktop.orders import Orders
from agent_desktop.ports import Callback, CallbackRefused, Caller
from tests.agent_desktop.browser import Socket
from tests.agent_desktop.conftest import House

MISSED = "HCdemo-1-1795267200.9"


class OneMissed:
    """A list of one missed caller, kept in memory."""

    def __init__(self) -> None:
        missed_at = datetime.now(UTC) - timedelta(minutes=12)
        self.line = Callback(
            id=MISSED, number="139****1234", queue="general", stage="queue", missed_at=missed_at, times=2, attempts=0,
            state="open",
        )  # fmt: skip

    async def open(self, limit: int) -> Sequence[Callback]:
        return [self.line] if self.line.state in {"open", "taken"} else []

    async def take(self, callback_id: str, agent_id: str, address: str) -> Caller:
        if self.line.taken_by not in {"", agent_id}:
            raise CallbackRefused("callback_taken")
        self.line = replace(self.line, state="taken", taken_by=agent_id)
        return Caller(number="13900001234", name="")

    async def reached_by(self, agent_id: str) -> Sequence[Callback]:
        return [self.line] if self.line.state == "done" and self.line.tried_by == agent_id else []

    async def release(self, callback_id: str, agent_id: str, outcome: str) -> None:
        self.line = replace(self.line, state="open", taken_by="", last_outcome=outcome)

    async def attempted(self, callback_id: str, agent_id: str, outcome: str, call_id: str = "") -> None:
        state = "done" if outcome == "reached" else "open"
        self.line = replace(self.line, state=state, taken_by="", tried_by=agent_id, last_outcome=outcome)


@pytest.fixture
def missed(house: House) -> OneMissed:
    missed = OneMissed()
    config = replace(house.config, callbacks=missed)
    orders: Orders = house.app[keys.ORDERS]
    orders._callbacks = missed
    house.app._state[keys.CONFIG] = config
    return missed


async def desk(house: House, agent_id: str = "1001") -> Socket:
    house.peer.agent(agent_id, "ready")
    return await (await house.agent(agent_id)).socket()


async def ask(socket: Socket, kind: str, **args: str) -> dict[str, object]:
    await socket.send(type="command", id=kind, kind=kind, **args)
    return await socket.next("reply")


async def test_a_number_is_dialled_by_cti(house: House) -> None:
    socket = await desk(house)
    assert (await ask(socket, "dial", number="990075"))["ok"]
    assert house.peer.commands[-1]["args"] == {"number": "990075"}
    assert (await ask(socket, "dial"))["code"] == "bad_frame"


async def test_the_case_of_nobody_has_no_number(house: House) -> None:
    socket = await desk(house)
    reply = await ask(socket, "dial", case_id="01a20130-a3eb-7515-b436-ae270c195727")
    assert reply["code"] == "not_found"
    assert house.peer.commands == []


async def test_the_list_in_the_database_is_empty_at_first_and_nobody_unknown_is_dialled(house: House) -> None:
    browser = await house.agent("1001")
    assert "没有要回拨的来电" in await (await browser.get("/desk/callbacks")).text()
    socket = await desk(house)
    assert (await ask(socket, "callback_take", callback_id=MISSED))["code"] == "callback_unknown"
    assert house.peer.commands == []


async def test_one_agent_at_a_time_calls_a_missed_caller_back(house: House, missed: OneMissed) -> None:
    mine, other = await desk(house, "1001"), await desk(house, "1002")
    page = await (await house.browsers[0].get("/desk/callbacks")).text()
    assert "139****1234" in page
    assert "data-callback-take" in page
    assert (await ask(mine, "callback_take", callback_id=MISSED))["ok"]
    asked = house.peer.commands[-1]
    assert (asked["kind"], asked["args"]) == ("dial", {"number": "13900001234", "callback_id": MISSED})
    assert (await ask(other, "callback_take", callback_id=MISSED))["code"] == "callback_taken"
    assert "1001 正在回拨" in await (await house.browsers[1].get("/desk/callbacks")).text()
    assert (await ask(mine, "callback_done", callback_id=MISSED, outcome="reached"))["ok"]
    assert "没有要回拨的来电" in await (await house.browsers[0].get("/desk/callbacks")).text()


async def test_a_callback_that_cannot_be_dialled_goes_back_on_the_list(house: House, missed: OneMissed) -> None:
    socket = await desk(house)
    house.peer.answer = lambda command: {"ok": False, "code": "in_call", "text": "通话中"}
    assert (await ask(socket, "callback_take", callback_id=MISSED))["code"] == "in_call"
    assert (missed.line.state, missed.line.attempts, missed.line.last_outcome) == ("open", 0, "not_tried")


async def test_a_number_that_the_gate_refuses_is_told_in_words_with_its_code(house: House, missed: OneMissed) -> None:
    socket = await desk(house)
    refusal = {"ok": False, "code": "number_not_allowed", "text": "该号码不在允许呼出的范围内，没有拨出。"}
    house.peer.answer = lambda command: refusal
    reply = await ask(socket, "callback_take", callback_id=MISSED)
    assert (reply["code"], reply["text"]) == (refusal["code"], refusal["text"])
    assert missed.line.last_outcome == "not_allowed"
    page = await (await house.browsers[0].get("/desk/callbacks")).text()
    assert "号码不在呼出范围" in page
    assert "data-callback-take" in page


async def test_what_the_dial_has_told_may_be_corrected_by_its_agent_alone(house: House, missed: OneMissed) -> None:
    await desk(house, "1001"), await desk(house, "1002")
    soon = datetime.now(UTC) + timedelta(minutes=4)
    missed.line = replace(missed.line, attempts=1, last_outcome="busy", tried_by="1001", not_before=soon)
    mine, other = [await (await browser.get("/desk/callbacks")).text() for browser in house.browsers]
    for page in (mine, other):
        assert "占线" in page
        assert "后可再拨" in page
        assert "data-callback-take" not in page
    assert 'data-callback-done="reached"' in mine
    assert "data-callback-done" not in other
    missed.line = replace(missed.line, state="done", last_outcome="reached")
    mine, other = [await (await browser.get("/desk/callbacks")).text() for browser in house.browsers]
    assert 'data-callback-done="unanswered"' in mine
    assert "data-callback-done" not in other


async def test_the_desk_is_shown_what_became_of_the_number_that_it_dialled(house: House) -> None:
    socket = await desk(house)
    dial = {"id": "d1", "state": "failed", "since": "2026-11-22T08:00:00Z", "reason": "busy", "callback_id": MISSED}
    house.peer.agent("1001", "ready", dial=dial)
    shown = None
    while not shown:
        shown = (await socket.next("agent"))["agent"]["dial"]  # type: ignore[index,call-overload]
    assert (shown["state"], shown["reason"], shown["callback_id"]) == ("failed", "busy", MISSED)

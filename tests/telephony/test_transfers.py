"""Transfers on real phones: the call keeps its id, the caller hears why he waits, and nobody is dropped."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cti.core.call import CallState
from cti.core.ids import AgentId
from cti.core.refusals import NumberNotAllowed, Refusal
from hotline.phone.client import Phone
from tests.telephony.table import COLLEAGUE, ME, Table, laid, sounds_of, tables


@pytest.fixture(scope="module")
def place() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="hl-table-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield from tables(Path(folder), HOTLINE_SPECIALIST_RING_SECONDS="60", HOTLINE_RING_SECONDS="8")


@pytest.fixture
async def table(place: Table) -> AsyncIterator[Table]:
    async with laid(place) as here:
        yield here


async def with_colleague(table: Table) -> None:
    await table.sits("colleague")
    await table.until(lambda: table.here.actions.up and table.here.engine.generation)
    await table.here.commands.carry_out(COLLEAGUE, "sign_on", {"queues": ["enterprise"]})
    await table.here.commands.carry_out(COLLEAGUE, "ready", {})


def header(phone_event: dict[str, object], name: str) -> str:
    lines = phone_event["headers"]
    assert isinstance(lines, list)
    return next((line.split(": ")[1] for line in lines if line.startswith(name)), "")


async def test_caller_is_sent_to_another_queue_with_his_id_and_a_priority(table: Table) -> None:
    await with_colleague(table)
    await table.talks()
    assert await table.refusal("transfer", kind="queue", target="general", warm=True) == "bad_command"
    await table.does("transfer", kind="queue", target="enterprise")
    await table.over("agent")
    await table.hear(caller="colleague", colleague="caller")
    assert table.call.id == table.call_id
    assert (table.call.queue, table.call.transfer and table.call.transfer.state.value) == ("enterprise", "done")
    await table.here.commands.carry_out(COLLEAGUE, "hang_up", {"call_id": table.call_id})
    await table.over("caller")
    assert table.journal.kinds.count("CallArrived") == 1


async def test_caller_is_sent_to_a_colleague_whose_phone_rings_and_back_to_the_queue_when_it_does_not_answer(
    table: Table,
) -> None:
    await with_colleague(table)
    await table.talks()
    assert await table.refusal("transfer", kind="agent", target=ME) == "own_desk"
    assert await table.refusal("transfer", kind="agent", target="1009") == "no_such_entry"
    await table.sits("colleague", "ring")
    async with table.taped("caller") as tapes:
        await table.does("transfer", kind="agent", target=COLLEAGUE)
        await table.over("agent")
        await table.here.commands.carry_out(ME, "wrap_up_done", {})
        await table.until(lambda: table.call.talking is not None and table.call.talking.agent == AgentId(ME))
    assert {"transfer_asked", "transfer_failed", "music"} <= sounds_of(tapes["caller"])
    await table.hear(caller="agent", agent="caller")
    assert table.call.transfer is not None
    assert table.call.transfer.reason == "unanswered"
    await table.sits("colleague", 200)
    await table.does("transfer", kind="agent", target=COLLEAGUE)
    await table.hear(caller="colleague", colleague="caller")
    assert table.call.talking is not None
    assert table.call.talking.agent == COLLEAGUE
    await table.here.commands.carry_out(COLLEAGUE, "hang_up", {"call_id": table.call_id})
    await table.over("caller")


async def test_colleague_is_consulted_first_and_then_takes_the_caller_over(table: Table) -> None:
    await with_colleague(table)
    await table.talks()
    await table.does("transfer", kind="agent", target=COLLEAGUE, warm=True)
    await table.hear(caller="music", agent="colleague", colleague="agent")
    await table.does("transfer_complete")
    await table.over("agent")
    await table.hear(caller="colleague", colleague="caller")
    assert table.call.talking is not None
    assert (table.call.talking.agent, table.call.state) == (COLLEAGUE, CallState.TALKING)
    await table.here.commands.carry_out(COLLEAGUE, "hold", {"call_id": table.call_id})
    await table.hear(caller="music")
    await table.here.commands.carry_out(COLLEAGUE, "hang_up", {"call_id": table.call_id})
    await table.over("caller")


async def test_warm_transfer_to_a_specialist_is_cancelled_and_then_carried_out(table: Table) -> None:
    await table.sits("specialist", "ring")
    await table.talks()
    await table.does("transfer", kind="specialist", target="shebao", warm=True)
    await asyncio.to_thread(table.phones["specialist"].wait, "ringing", seconds=30)
    await table.does("transfer_cancel")
    await table.hear(caller="agent", agent="caller")
    assert await table.refusal("transfer_complete") == "not_in_transfer"
    await table.does("transfer", kind="specialist", target="shebao", warm=True)
    await asyncio.to_thread(table.phones["specialist"].wait, "ringing", seconds=30)
    await table.accepts()
    await table.does("transfer_complete")
    await table.over("agent")
    await table.hear(caller="specialist", specialist="caller")
    assert table.call.transfer is not None
    assert table.call.transfer.state.value == "done"


async def test_caller_goes_cold_to_a_specialist_and_to_the_head_of_the_queue_when_nobody_accepts(table: Table) -> None:
    await table.sits("specialist", "ring")
    await table.sits("second", 603)
    await table.talks()
    await table.does("transfer", kind="specialist", target="shebao", case_kind="complaint", class_code="010101")
    await table.over("agent")
    await asyncio.to_thread(table.phones["specialist"].wait, "ringing", seconds=30)
    async with table.taped("specialist") as tapes:
        table.phones["specialist"].answer()
        await asyncio.sleep(4)
    assert {"type", "class"} <= sounds_of(tapes["specialist"])
    await table.accepts(answered=True)
    await table.hear(caller="specialist", specialist="caller")
    assert table.call.transfer is not None
    assert table.call.transfer.state.value == "done"
    table.phones["specialist"].hang_up()
    await table.over("caller")
    await table.sits("specialist", 486)
    await table.here.commands.carry_out(ME, "wrap_up_done", {})
    await asyncio.to_thread(table.asterisk.wait_idle)
    table.here.engine.stories.clear()
    await table.talks()
    async with table.taped("caller") as tapes:
        await table.does("transfer", kind="specialist", target="shebao")
        await table.over("agent")
        await table.until(lambda: table.call.state in {CallState.QUEUED, CallState.RINGING})
    assert "transfer_failed" in sounds_of(tapes["caller"])


async def test_caller_goes_to_a_department_line_and_to_another_centre_with_call_and_case(table: Table) -> None:
    line, centre = await table.sits("line"), await table.sits("centre")
    await table.talks()
    await table.does("transfer", kind="department", target="shuiwu")
    await table.over("agent")
    await table.hear(caller="line", line="caller")
    assert table.call.state is CallState.ROOM
    line.hang_up()
    await table.over("caller")
    await table.here.commands.carry_out(ME, "wrap_up_done", {})
    await asyncio.to_thread(table.asterisk.wait_idle)
    table.here.engine.stories.clear()
    await table.talks()
    await table.does("transfer", kind="centre", target="sheng", case_id="20261122-000123")
    rung = await asyncio.to_thread(centre.wait, "ringing", seconds=30)
    assert header(rung, "X-Hotline-Case-Id") == "20261122-000123"
    assert header(rung, "X-Hotline-Call-Id") == table.call_id
    await table.hear(caller="centre", centre="caller")
    table.phones["caller"].hang_up()
    await table.over("centre")
    await asyncio.to_thread(table.asterisk.wait_idle)
    assert len(list(table.asterisk.recordings.rglob(f"{table.call_id}.centre-*.sln"))) == 1


async def test_a_click_on_a_number_calls_it_back_in_a_call_of_its_own(table: Table) -> None:
    citizen, desk = await table.sits("caller", "ring"), await table.sits("agent")
    await table.here.at_work()
    case = "01a20130-a3eb-7515-b436-ae270c195727"
    await table.here.commands.carry_out(ME, "dial", {"number": "990070", "case_id": case})
    rung = await asyncio.to_thread(desk.wait, "ringing", seconds=30)
    assert header(rung, "X-Hotline-Auto-Answer") == "1"
    await asyncio.to_thread(citizen.wait, "ringing", seconds=30)
    assert table.here.call is None
    citizen.answer()
    call = await table.here.reaches(CallState.TALKING, seconds=30)
    table.call_id = call.id
    assert header(rung, "X-Hotline-Call-Id") == call.id
    assert (call.number, call.talking and call.talking.agent) == ("990070", ME)
    assert (call.case_id, call.trunk, dial_of(table)) == (case, "outbound", ("answered", ""))
    await table.hear(caller="agent", agent="caller")
    await table.does("hold")
    await table.hear(caller="music", agent="")
    await table.does("retrieve")
    await table.hear(caller="agent", agent="caller")
    await table.does("hang_up")
    await table.over("caller")
    await asyncio.to_thread(table.asterisk.wait_idle)
    assert len(list(table.asterisk.recordings.rglob(f"{call.id}.*.sln"))) == 2


def dial_of(table: Table) -> tuple[str, str]:
    dial = table.here.engine.agents.agents[AgentId(ME)].dial
    assert dial is not None
    return dial.state.value, dial.reason


async def dials(table: Table, answer: int | str, **more: str) -> Phone:
    citizen = await table.sits("caller", answer)
    await table.sits("agent")
    await table.here.at_work()
    await table.here.commands.carry_out(ME, "dial", {"number": "990070", **more})
    return citizen


@pytest.mark.parametrize(("answer", "reason"), [(486, "busy"), (603, "refused"), (404, "dead"), (480, "unanswered")])
async def test_why_nobody_was_reached_is_told_at_the_desk(table: Table, answer: int, reason: str) -> None:
    await dials(table, answer, case_id="01a20130-a3eb-7515-b436-ae270c195727", callback_id="HCdemo-1-1795267200.9")
    await table.until(lambda: dial_of(table)[0] == "failed")
    assert dial_of(table) == ("failed", reason)
    said = table.journal.entries[-1]
    assert (said.kind, said.body["callback_id"]) == ("DialNotReached", "HCdemo-1-1795267200.9")
    assert said.body["case_id"] == "01a20130-a3eb-7515-b436-ae270c195727"
    await table.over("agent")
    assert table.here.call is None


async def test_an_agent_gives_up_while_it_rings_and_nobody_is_left_ringing(table: Table) -> None:
    citizen = await dials(table, "ring")
    await asyncio.to_thread(citizen.wait, "ringing", seconds=30)
    await table.until(lambda: dial_of(table)[0] == "ringing")
    assert await dial_refused(table) == "dial_runs"
    table.phones["agent"].hang_up()
    await table.until(lambda: dial_of(table)[0] == "failed")
    assert dial_of(table) == ("failed", "cancelled")
    await table.over("caller")


async def test_a_desk_that_does_not_answer_itself_is_told_so_and_nobody_else_rings(table: Table) -> None:
    await table.sits("caller", "ring")
    await table.sits("agent", 486)
    await table.here.at_work()
    await table.here.commands.carry_out(ME, "dial", {"number": "990070"})
    await table.until(lambda: dial_of(table)[0] == "failed")
    assert dial_of(table) == ("failed", "no_desk")
    assert not [event for event in table.phones["caller"].events if event["event"] == "ringing" and rings_now(table)]


def rings_now(table: Table) -> bool:
    return not table.phones["caller"]._fresh.empty()


async def dial_refused(table: Table) -> str:
    try:
        await table.here.commands.carry_out(ME, "dial", {"number": "990071"})
    except Refusal as refusal:
        return refusal.code
    return ""


async def test_a_number_outside_the_gate_rings_nobody(table: Table) -> None:
    desk = await table.sits("agent")
    await table.here.at_work()
    for number in ("110", "99112233", "13800000001"):
        with pytest.raises(NumberNotAllowed):
            await table.here.commands.carry_out(ME, "dial", {"number": number})
        assert dial_of(table) == ("failed", "not_allowed")
        await asyncio.to_thread(table.asterisk.wait_idle)
    assert not [event for event in desk.events if event["event"] == "ringing" and not desk._fresh.empty()]

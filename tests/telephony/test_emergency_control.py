"""An emergency by the desk's own commands, told as the engine has it; alone and in the midst of a three-way talk."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cti.core.call import CallState
from hotline.phone.client import Phone
from tests.telephony.emergency_story import header, qualified
from tests.telephony.table import SEATS, Table, laid, tables


@pytest.fixture(scope="module")
def place() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="hl-table-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield from tables(Path(folder), HOTLINE_EMERGENCY_RING_SECONDS="4")


@pytest.fixture
async def table(place: Table) -> AsyncIterator[Table]:
    async with laid(place) as here:
        yield here


async def on_duty(table: Table, name: str, answer: int | str) -> Phone:
    """An operator's phone that Asterisk knows to be there."""
    phone = await table.sits(name, answer)
    port = table.asterisk.settings.port("phones") + SEATS[name]
    await asyncio.to_thread(qualified, table.asterisk, port, "Avail")
    return phone


def state(table: Table) -> str:
    return table.call.emergency.state if table.call.emergency else ""


def rings(phone: Phone) -> int:
    return sum(event["event"] == "ringing" for event in phone.events)


async def test_two_clicks_are_one_and_cancel_again_and_hang_up_do_what_they_say(table: Table) -> None:
    operator, backup = await on_duty(table, "operator", 486), await on_duty(table, "backup", "ring")
    await table.talks()
    rang_before = rings(operator)
    assert await table.refusal("emergency_cancel") == "no_emergency"
    assert await table.refusal("emergency", service="911") == "bad_command"
    assert await table.refusal("emergency", by="1002", service="110") == "not_your_call"
    clicks = [table.does("emergency", service="110", summary="老人摔倒", location="人民路1号") for _ in range(2)]
    await asyncio.gather(*clicks)
    await asyncio.to_thread(backup.wait, "ringing", seconds=20)
    await table.until(lambda: table.call.emergency is not None and len(table.call.emergency.tried) == 1)
    assert table.call.emergency is not None
    assert table.call.emergency.tried[0].reason == "busy"
    assert rings(operator) - rang_before == 1
    await table.does("emergency_cancel")
    await table.until(lambda: state(table) == "cancelled")
    await table.hear(caller="agent", agent="caller")
    operator.when_called(200)
    await asyncio.sleep(0.5)  # its order is on the way
    await table.does("emergency_again")
    rung = await asyncio.to_thread(operator.wait, "ringing", lambda event: not event["busy"], seconds=20)
    assert header(rung["headers"], "X-Hotline-Call-Id") == table.call_id
    await table.until(lambda: state(table) == "reached")
    assert await table.refusal("emergency_cancel") == "no_emergency"
    await table.does("emergency", service="110")
    await table.hear(caller="agent operator", agent="caller operator", operator="caller agent")
    table.phones["caller"].hang_up()
    await table.until(lambda: table.call.caller_gone)
    await table.hear(agent="operator", operator="agent")
    assert table.call.state is CallState.CALLER_GONE
    operator.hang_up()
    await table.over("agent")
    await table.until(lambda: table.call.state is CallState.ENDED)


async def test_a_press_in_the_midst_of_a_consultation_brings_everybody_together(table: Table) -> None:
    await on_duty(table, "operator", 200)
    await table.consults()
    await table.hear(caller="music", agent="specialist", specialist="agent")
    await table.does("emergency", service="110")
    await table.until(lambda: state(table) == "reached")
    everybody = {"caller", "agent", "specialist", "operator"}
    await table.hear(**{who: " ".join(everybody - {who}) for who in everybody})
    table.phones["caller"].hang_up()
    await table.hear(agent="specialist operator", operator="agent specialist", specialist="agent operator")
    table.phones["agent"].hang_up()
    await table.hear(operator="specialist", specialist="operator")

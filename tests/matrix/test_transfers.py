"""Transfers × what may go wrong in the middle: the caller gives up, nobody picks up, our process restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from cti.core.call import CallState
from cti.desk_commands import DeskCommands
from hotline import directory
from hotline.phone.client import Phone
from tests.cti.test_on_asterisk import live
from tests.telephony.table import COLLEAGUE, ME, PATIENCE, Table, sounds_of

FIRST, SECOND, THIRD = "13800000001", "13800000002", "13800000003"
"""Who called first comes from the table: it is he whom the agent talks to."""


@dataclass(frozen=True)
class Target:
    """Where a caller may be sent, and whose phone rings there."""

    kind: str
    name: str
    phone: str


COLD = (
    Target("agent", COLLEAGUE, "colleague"),
    Target("specialist", "shebao", "specialist"),
    Target("department", "shuiwu", "line"),
    Target("centre", "sheng", "centre"),
)
SAID = {"department": "busy", "centre": "busy", "agent": "busy", "specialist": "unanswered"}


async def ready(table: Table, target: Target, answer: int | str) -> None:
    """Everybody sits at a phone, agent and caller talk."""
    if target.phone == "colleague":
        await table.until(lambda: table.here.actions.up and table.here.engine.generation)
        await table.sits("colleague", answer)
        await table.here.commands.carry_out(COLLEAGUE, "sign_on", {"queues": ["enterprise"]})
    for other in ("second", "second_line"):
        await table.sits(other, 486)
    await table.sits(target.phone, answer)
    await table.talks()


async def sent(table: Table, target: Target, answer: int | str) -> None:
    await ready(table, target, answer)
    await table.does("transfer", kind=target.kind, target=target.name)
    if answer == "ring":
        await asyncio.to_thread(table.phones[target.phone].wait, "ringing", seconds=PATIENCE)


@pytest.mark.parametrize("target", COLD, ids=lambda target: target.kind)
async def test_caller_who_gives_up_on_the_way_releases_the_phone_that_rings(table: Table, target: Target) -> None:
    await sent(table, target, "ring")
    table.phones["caller"].hang_up()
    await table.over("agent", target.phone)
    await table.until(lambda: table.call.state is CallState.ENDED)
    await asyncio.to_thread(table.asterisk.wait_idle)


@pytest.mark.parametrize("target", COLD, ids=lambda target: target.kind)
async def test_caller_whom_nobody_takes_waits_at_the_head_of_the_queue_and_is_told_so(
    table: Table, target: Target
) -> None:
    await ready(table, target, 486)
    async with table.taped("caller") as tapes:
        await table.does("transfer", kind=target.kind, target=target.name)
        await table.until(lambda: table.call.transfer is not None and table.call.transfer.state.value == "failed")
        await table.until(lambda: table.journal.kinds.count("CallerJoinedQueue") == 2)
    assert table.call.transfer is not None
    assert table.call.transfer.reason == SAID[target.kind]
    assert "transfer_failed" in sounds_of(tapes["caller"])


@asynccontextmanager
async def again(table: Table) -> AsyncIterator[None]:
    """Our process ends without a word, and another one takes its place."""
    table.here.stop()
    async with live(table.asterisk.settings.port("ami"), table.journal) as here:
        here.commands = DeskCommands(here.engine, directory.load(directory.SHIPPED))
        table.here = here
        await table.until(lambda: here.actions.up and here.engine.generation)
        yield


async def takes_him(table: Table, target: Target) -> None:
    """Who was rung answers, and has the caller."""
    phone = table.phones[target.phone]
    phone.answer()
    if target.kind == "specialist":
        await asyncio.sleep(1)
        phone.press("1")
    await table.hear(**{"caller": target.phone, target.phone: "caller"})
    state = CallState.TALKING if target.kind == "agent" else CallState.ROOM
    await table.until(lambda: table.call.state is state)
    assert table.call.transfer is not None
    assert table.call.transfer.state.value == "done"
    assert table.journal.kinds.count("CallArrived") == 1


@pytest.mark.parametrize("target", COLD, ids=lambda target: target.kind)
async def test_who_is_rung_takes_the_caller_and_releases_him_at_the_end(table: Table, target: Target) -> None:
    await sent(table, target, "ring")
    await table.over("agent")
    await takes_him(table, target)
    table.phones[target.phone].hang_up()
    await table.over("caller")
    await table.until(lambda: table.call.state is CallState.ENDED)


@pytest.mark.parametrize("target", COLD, ids=lambda target: target.kind)
async def test_a_restart_of_cti_in_the_middle_changes_nothing_for_the_caller(table: Table, target: Target) -> None:
    await sent(table, target, "ring")
    await table.over("agent")
    async with again(table):
        await takes_him(table, target)


async def test_a_caller_who_comes_back_is_asked_for_before_those_who_waited_longer(table: Table) -> None:
    """Nobody took him: of three who wait now he is the first that an agent gets."""
    target = COLD[2]
    await ready(table, target, 486)
    async with waiting(table, SECOND, THIRD):
        await table.does("transfer", kind=target.kind, target=target.name)
        await table.until(lambda: table.call.transfer is not None and table.call.transfer.state.value == "failed")
        await table.until(lambda: table.journal.kinds.count("CallerJoinedQueue") == 4)
        phone = table.phones["agent"]
        await table.here.commands.carry_out(ME, "wrap_up_done", {})
        rung = await asyncio.to_thread(phone.wait, "ringing", seconds=PATIENCE)
        assert any(FIRST in line for line in rung["headers"] if line.startswith("From:")), rung["headers"]
        await table.hear(caller="agent", agent="caller")


@asynccontextmanager
async def waiting(table: Table, *numbers: str) -> AsyncIterator[None]:
    """So many others wait in the queue, in this order."""
    phones = []
    try:
        for seat, number in enumerate(numbers, start=5):
            phone = await asyncio.to_thread(Phone.of, table.asterisk.settings, seat)
            phones.append(phone)
            joined = table.journal.kinds.count("CallerJoinedQueue")
            phone.call(table.asterisk.address(), number=number)
            await table.until(lambda joined=joined: table.journal.kinds.count("CallerJoinedQueue") > joined)
        yield
    finally:
        for phone in phones:
            await asyncio.to_thread(phone.quit)

"""Transfers × what may go wrong in the middle: the caller gives up, nobody picks up, our process restarts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from cti.core.call import CallState
from cti.desk_commands import DeskCommands
from hotline import directory
from tests.cti.test_on_asterisk import live
from tests.telephony.table import COLLEAGUE, PATIENCE, Table, sounds_of


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


@pytest.mark.parametrize("target", COLD, ids=lambda target: target.kind)
async def test_a_restart_of_cti_in_the_middle_changes_nothing_for_the_caller(table: Table, target: Target) -> None:
    await sent(table, target, "ring")
    await table.over("agent")
    table.here.stop()
    async with live(table.asterisk.settings.port("ami"), table.journal) as again:
        again.commands = DeskCommands(again.engine, directory.load(directory.SHIPPED))
        table.here = again
        await table.until(lambda: again.actions.up and again.engine.generation)
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

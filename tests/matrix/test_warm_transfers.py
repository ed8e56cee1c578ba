"""Warm transfers × what becomes of the consultation: taken over, refused, given up, our process restarted."""

from __future__ import annotations

import asyncio

import pytest

from cti.core.call import CallState
from tests.matrix.test_transfers import COLD, Target, again, ready
from tests.telephony.table import PATIENCE, Table

WARM = COLD[:2]
"""A colleague or a specialist can be asked first; a line and another centre are only sent to."""


async def consulted(table: Table, target: Target) -> None:
    """Agent and the one who is asked talk, the caller hears music."""
    await asked(table, target)
    await takes_the_call(table, target)
    await table.hear(**{"caller": "music", "agent": target.phone, target.phone: "agent"})


async def asked(table: Table, target: Target) -> None:
    await ready(table, target, "ring")
    await table.hear(caller="agent", agent="caller")
    await table.does("transfer", kind=target.kind, target=target.name, warm=True)
    await asyncio.to_thread(table.phones[target.phone].wait, "ringing", seconds=PATIENCE)


async def takes_the_call(table: Table, target: Target) -> None:
    phone = table.phones[target.phone]
    phone.answer()
    await table.until(lambda: any(leg.state == "up" for leg in table.call.legs_of("specialist")))
    if target.kind == "specialist":
        phone.press("1")


async def ends_well(table: Table, target: Target) -> None:
    await table.does("transfer_complete")
    await table.over("agent")
    await table.hear(**{"caller": target.phone, target.phone: "caller"})
    assert transfer(table) == "done"
    table.phones["caller"].hang_up()
    await table.over(target.phone)
    await table.until(lambda: table.call.state is CallState.ENDED)


def transfer(table: Table) -> str:
    return table.call.transfer.state.value if table.call.transfer else ""


@pytest.mark.parametrize("target", WARM, ids=lambda target: target.kind)
async def test_it_is_taken_over(table: Table, target: Target) -> None:
    await consulted(table, target)
    await ends_well(table, target)


@pytest.mark.parametrize("target", WARM, ids=lambda target: target.kind)
async def test_who_was_asked_refuses_and_the_agent_takes_the_caller_back(table: Table, target: Target) -> None:
    await ready(table, target, 603)
    await table.does("transfer", kind=target.kind, target=target.name, warm=True)
    await table.until(lambda: table.threeway == "ended")
    await table.hear(caller="music", agent="")
    await table.does("transfer_cancel")
    await table.until(lambda: transfer(table) == "failed")
    if table.call.state is CallState.HELD:
        await table.does("retrieve")
    await table.hear(caller="agent", agent="caller")


@pytest.mark.parametrize("target", WARM, ids=lambda target: target.kind)
@pytest.mark.parametrize("when", ["ringing", "consulting"])
async def test_the_agent_thinks_better_of_it(table: Table, target: Target, when: str) -> None:
    await (asked if when == "ringing" else consulted)(table, target)
    await table.does("transfer_cancel")
    await table.over(target.phone)
    if table.call.state is CallState.HELD:
        await table.does("retrieve")
    await table.hear(caller="agent", agent="caller")
    assert transfer(table) == "failed"


@pytest.mark.parametrize("target", WARM, ids=lambda target: target.kind)
@pytest.mark.parametrize("when", ["ringing", "consulting"])
async def test_the_caller_gives_up_and_everybody_is_released(table: Table, target: Target, when: str) -> None:
    await (asked if when == "ringing" else consulted)(table, target)
    table.phones["caller"].hang_up()
    await table.over("agent", target.phone)
    await table.until(lambda: table.call.state is CallState.ENDED)
    await asyncio.to_thread(table.asterisk.wait_idle)


@pytest.mark.parametrize("target", WARM, ids=lambda target: target.kind)
async def test_the_agent_leaves_in_the_midst_of_it_and_the_two_others_talk(table: Table, target: Target) -> None:
    await consulted(table, target)
    table.phones["agent"].hang_up()
    await table.hear(**{"caller": target.phone, target.phone: "caller"})


@pytest.mark.parametrize("target", WARM, ids=lambda target: target.kind)
async def test_a_restart_of_cti_in_the_middle_loses_neither_the_talk_nor_the_transfer(
    table: Table, target: Target
) -> None:
    await consulted(table, target)
    async with again(table):
        await table.hear(**{"caller": "music", "agent": target.phone, target.phone: "agent"})
        await table.until(lambda: table.call.state is CallState.HELD)
        await ends_well(table, target)

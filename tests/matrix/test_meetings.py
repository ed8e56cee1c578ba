"""Two things in the same moment: there is one outcome, and nobody is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cti.core.call import CallState
from hotline.phone.client import Phone
from tests.telephony.emergency_story import qualified
from tests.telephony.table import PATIENCE, SEATS, Table

Meeting = Callable[[Table], Awaitable[None]]


async def two_clicks_on_three_way(table: Table) -> None:
    await table.sits("specialist", "ring")
    codes = await asyncio.gather(*(table.refusal("three_way", entry="shebao") for _ in range(2)))
    assert sorted(codes) == ["", "already_asked"]
    assert table.journal.kinds.count("SpecialistAsked") == 1
    await table.hear(caller="music", agent="")


async def two_clicks_on_merge(table: Table) -> None:
    await to_consult(table)
    codes = await asyncio.gather(*(table.refusal("merge") for _ in range(2)))
    assert sorted(codes) == ["", "already_so"]
    await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")


async def two_clicks_on_hold(table: Table) -> None:
    codes = await asyncio.gather(*(table.refusal("hold") for _ in range(2)))
    assert codes.count("") >= 1
    assert set(codes) <= {"", "already_held", "already_so"}
    await table.hear(caller="music", agent="")


async def two_clicks_on_transfer(table: Table) -> None:
    """To two places at once: one of them has the caller, the other one's phone is silent."""
    line, centre = await table.sits("line"), await table.sits("centre")
    before = {phone: ringings(phone) for phone in (line, centre)}
    clicks = (("department", "shuiwu"), ("centre", "sheng"))
    codes = await asyncio.gather(*(table.refusal("transfer", kind=kind, target=target) for kind, target in clicks))
    assert codes.count("") >= 1
    await table.until(lambda: table.call.state is CallState.ROOM)
    there = "line" if {leg.party for leg in table.call.legs if leg.lives} & {"shuiwu"} else "centre"
    await table.hear(**{"caller": there, there: "caller"})
    rang = [phone for phone in (line, centre) if ringings(phone) > before[phone]]
    assert table.phones[there] in rang
    assert {leg.role for leg in table.call.legs if leg.lives} in ({"caller", "specialist"}, {"caller", "centre"})


async def two_clicks_on_emergency(table: Table) -> None:
    await table.sits("operator", "ring")
    port = table.asterisk.settings.port("phones") + SEATS["operator"]
    await asyncio.to_thread(qualified, table.asterisk, port, "Avail", 2 * PATIENCE)
    codes = await asyncio.gather(*(table.refusal("emergency", service="110") for _ in range(2)))
    assert "" in codes
    await asyncio.to_thread(table.phones["operator"].wait, "ringing", seconds=PATIENCE)
    assert table.journal.kinds.count("EmergencyPressed") == 1
    table.phones["operator"].answer()
    await table.hear(caller="agent operator", agent="caller operator", operator="caller agent")


def ringings(phone: Phone) -> int:
    return sum(event["event"] == "ringing" for event in phone.events)


async def merge_meets_the_callers_end(table: Table) -> None:
    await to_consult(table)
    table.phones["caller"].hang_up()
    assert await table.refusal("merge") in {"", "call_gone", "leg_gone", "not_in_call", "nobody_there", "already_so"}
    await all_over(table)


async def asking_meets_the_callers_end(table: Table) -> None:
    await table.sits("specialist", "ring")
    table.phones["caller"].hang_up()
    assert await table.refusal("three_way", entry="shebao") in {"", "call_gone", "leg_gone", "not_in_call"}
    await all_over(table)


async def hold_meets_the_agents_end(table: Table) -> None:
    table.phones["agent"].hang_up()
    assert await table.refusal("hold") in {"", "call_gone", "not_in_call", "switch_refused", "leg_gone"}
    await all_over(table)


async def leave_meets_the_specialists_end(table: Table) -> None:
    await to_consult(table)
    await table.does("merge")
    table.phones["specialist"].hang_up()
    code = await table.refusal("leave")
    assert code in {"", "nobody_there"}
    if code:
        await table.hear(caller="agent", agent="caller")
    else:
        await all_over(table)


async def removal_meets_the_specialists_own_end(table: Table) -> None:
    await to_consult(table)
    leg = table.leg_id("specialist")
    table.phones["specialist"].hang_up()
    assert await table.refusal("remove_leg", leg=leg) in {"", "leg_gone"}
    await table.until(lambda: table.threeway == "ended")
    await table.hear(caller="music", agent="")


async def cancelling_meets_the_answer(table: Table) -> None:
    await table.asked()
    table.phones["specialist"].answer()
    assert await table.refusal("three_way_cancel") in {"", "nobody_there"}
    await table.over("specialist")
    await table.hear(caller="agent", agent="caller")


async def swap_meets_the_specialists_end(table: Table) -> None:
    await to_consult(table)
    table.phones["specialist"].hang_up()
    code = await table.refusal("swap")
    assert code in {"", "nobody_there", "leg_gone", "switch_refused"}
    await table.until(lambda: table.threeway == "ended")
    if table.call.state is CallState.HELD:
        await table.does("retrieve")
    await table.hear(caller="agent", agent="caller")


async def agent_is_lost_while_the_specialist_hears_music(table: Table) -> None:
    await to_consult(table)
    await table.does("swap")
    await table.here.actions.ask({"Action": "Hangup", "Channel": table.leg("agent").channel, "Cause": "44"})
    await table.hear(caller="specialist", specialist="caller")


async def caller_leaves_while_the_specialist_hears_music(table: Table) -> None:
    await to_consult(table)
    await table.does("swap")
    table.phones["caller"].hang_up()
    await all_over(table)


async def specialist_leaves_while_the_agent_hears_music(table: Table) -> None:
    await to_consult(table)
    await table.does("merge")
    await table.does("hold_leg", leg=table.leg_id("agent"))
    table.phones["specialist"].hang_up()
    await table.hear(caller="agent", agent="caller")


async def to_consult(table: Table) -> None:
    await table.asked()
    await table.accepts()


async def all_over(table: Table) -> None:
    """Caller and everybody else are released, and nothing is left in Asterisk."""
    await table.until(lambda: table.call.state is CallState.ENDED)
    await asyncio.to_thread(table.asterisk.wait_idle)


MEETINGS: tuple[Meeting, ...] = (
    two_clicks_on_three_way,
    two_clicks_on_merge,
    two_clicks_on_hold,
    two_clicks_on_transfer,
    two_clicks_on_emergency,
    merge_meets_the_callers_end,
    asking_meets_the_callers_end,
    hold_meets_the_agents_end,
    leave_meets_the_specialists_end,
    removal_meets_the_specialists_own_end,
    cancelling_meets_the_answer,
    swap_meets_the_specialists_end,
    agent_is_lost_while_the_specialist_hears_music,
    caller_leaves_while_the_specialist_hears_music,
    specialist_leaves_while_the_agent_hears_music,
)


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.__name__)
async def test_in_the_same_moment(table: Table, meeting: Meeting) -> None:
    await table.talks()
    await meeting(table)

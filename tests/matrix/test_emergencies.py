"""An emergency with cti beside it: each way to press × what the routes and the parties do, and the state told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cti.core.call import CallState
from hotline.phone.client import Phone
from hotline.runtime.asterisk_config import DEAD_OPERATOR
from tests.patience import LONG
from tests.telephony.asterisk_only import PROMPT_TONES
from tests.telephony.emergency_story import LOCATION, SUMMARY, qualified
from tests.telephony.silent_phone import SilentPhone
from tests.telephony.table import ME, PATIENCE, SEATS, Table

SERVICE = "110"
LOST_WITHIN = 3 * LONG
"""A deadline: a minute of silence on a line that does not answer."""
ROUND = 15.0
"""More than one round of the watch."""
FIRST_ROUTES: dict[str, int | str | None] = {
    "answered": 200,
    "busy": 486,
    "refused": 603,
    "dead": None,
    "unanswered": "ring",
}

Press = Callable[[Table], Awaitable[None]]


async def by_desk(table: Table) -> None:
    await table.does("emergency", service=SERVICE, summary=SUMMARY, location=LOCATION)


async def by_second_call(table: Table) -> None:
    line = f"sip:*{SERVICE}@127.0.0.1:{table.asterisk.settings.port('sip')}"
    table.phones["agent"].call(line, number=ME, line="registered", beside=True)


async def by_keys(table: Table) -> None:
    table.phones["agent"].press(f"*{SERVICE}")


TRIGGERS: dict[str, Press] = {"desk": by_desk, "second_call": by_second_call, "dtmf": by_keys}


async def on_duty(table: Table, name: str, answer: int | str | None) -> None:
    """An operator's phone that Asterisk knows to be there, or not to be."""
    if answer is None:
        if name in table.phones:
            await asyncio.to_thread(table.phones.pop(name).quit)
    else:
        await table.sits(name, answer)
    port = table.asterisk.settings.port("phones") + SEATS[name]
    there = "Unavail" if answer is None else "Avail"
    await asyncio.to_thread(qualified, table.asterisk, port, there, 2 * PATIENCE)


def rings(phone: Phone) -> int:
    return sum(event["event"] == "ringing" for event in phone.events)


def state(table: Table) -> str:
    return table.call.emergency.state.value if table.call.emergency else ""


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("first", FIRST_ROUTES)
async def test_an_operator_is_reached_whatever_the_first_route_does(table: Table, trigger: str, first: str) -> None:
    await on_duty(table, "operator", FIRST_ROUTES[first])
    await on_duty(table, "backup", 200)
    rang = rings(table.phones["backup"])
    await table.talks()
    await table.hear(caller="agent", agent="caller")
    await TRIGGERS[trigger](table)
    await table.until(lambda: state(table) == "reached")
    reached = "operator" if first == "answered" else "backup"
    await table.hear(**{"caller": f"agent {reached}", "agent": f"caller {reached}", reached: "caller agent"})
    assert table.call.emergency is not None
    assert [route.reason for route in table.call.emergency.tried] == ([] if first == "answered" else [first])
    assert rings(table.phones["backup"]) - rang == (first != "answered")
    assert {leg.role for leg in table.call.legs if leg.lives} == {"caller", "agent", "emergency"}
    assert table.journal.kinds.count("EmergencyPressed") == 1


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("leaver", ["caller", "agent"])
@pytest.mark.parametrize("when", ["ringing", "answered"])
async def test_who_leaves_takes_nobody_along(table: Table, trigger: str, leaver: str, when: str) -> None:
    stays = "agent" if leaver == "caller" else "caller"
    await on_duty(table, "operator", "ring")
    await table.talks()
    await table.hear(caller="agent", agent="caller")
    operator = table.phones["operator"]
    await TRIGGERS[trigger](table)
    await asyncio.to_thread(operator.wait, "ringing", seconds=PATIENCE)
    if when == "ringing":
        table.phones[leaver].hang_up()
        await table.over(leaver)
    operator.answer()
    await table.until(lambda: state(table) == "reached")
    if when == "answered":
        await table.hear(caller="agent operator", agent="caller operator", operator="caller agent")
        table.phones[leaver].hang_up()
        await table.over(leaver)
    await table.hear(**{stays: "operator", "operator": stays})
    assert {leg.role for leg in table.call.legs if leg.lives} == {stays, "emergency"}
    operator.hang_up()
    await table.over(stays)
    await table.until(lambda: table.call.state is CallState.ENDED)


async def goes_silent(table: Table) -> None:
    """The operator's phone dies without a word, and that is noticed."""
    table.vanish("operator")
    await table.until(lambda: not any(leg.lives for leg in table.call.legs_of("emergency")), LOST_WITHIN)


async def with_operator(table: Table) -> None:
    await on_duty(table, "operator", 200)
    await table.talks()
    await by_desk(table)
    await table.until(lambda: state(table) == "reached")
    await table.hear(caller="agent operator", agent="caller operator", operator="caller agent")


async def test_an_operator_whose_phone_dies_leaves_caller_and_agent_together(table: Table) -> None:
    await with_operator(table)
    await goes_silent(table)
    await table.hear(caller="agent", agent="caller")
    assert {leg.role for leg in table.call.legs if leg.lives} == {"caller", "agent"}
    # the emergency is over with its last operator: the caller's end is the end again
    table.phones["caller"].hang_up()
    await table.over("agent")
    await table.until(lambda: table.call.state is CallState.ENDED)


async def test_an_operator_left_alone_is_let_be_until_his_phone_dies(table: Table) -> None:
    await with_operator(table)
    for leaver in ("caller", "agent"):
        table.phones[leaver].hang_up()
        await table.over(leaver)
    # longer than a dead one is given, and nobody speaks to him
    await table.hear(operator="")
    await asyncio.sleep(DEAD_OPERATOR + ROUND)
    assert [leg.lives for leg in table.call.legs_of("emergency")] == [True]
    await goes_silent(table)
    await table.until(lambda: table.call.state is CallState.ENDED)
    await asyncio.to_thread(table.asterisk.wait_idle)


async def test_an_operator_who_sends_no_sound_is_kept_as_long_as_his_line_answers(table: Table) -> None:
    await on_duty(table, "operator", None)
    port = table.asterisk.settings.port("phones") + SEATS["operator"]
    with SilentPhone(port):
        await asyncio.to_thread(qualified, table.asterisk, port, "Avail", 2 * PATIENCE)
        await table.talks()
        await by_desk(table)
        await table.until(lambda: state(table) == "reached")
        await asyncio.sleep(DEAD_OPERATOR + ROUND)
        assert [leg.lives for leg in table.call.legs_of("emergency")] == [True]
        await table.hear(caller="agent", agent="caller")
    await table.until(lambda: not any(leg.lives for leg in table.call.legs_of("emergency")), LOST_WITHIN)
    await table.hear(caller="agent", agent="caller")


async def test_an_operator_whose_phone_dies_while_it_rings_is_followed_by_the_next(table: Table) -> None:
    await on_duty(table, "operator", "ring")
    await on_duty(table, "backup", 200)
    await table.talks()
    await by_desk(table)
    await asyncio.to_thread(table.phones["operator"].wait, "ringing", seconds=PATIENCE)
    table.vanish("operator")
    await table.until(lambda: state(table) == "reached")
    await table.hear(caller="agent backup", agent="caller backup", backup="caller agent")
    assert table.call.emergency is not None
    assert [route.reason for route in table.call.emergency.tried] == ["unanswered"]


async def test_every_route_fails_the_desk_says_so_and_one_key_tries_again(table: Table) -> None:
    await on_duty(table, "operator", 486)
    await on_duty(table, "backup", 603)
    await table.talks()
    async with table.taped("caller", "agent") as tapes:
        await by_desk(table)
        await table.until(lambda: state(table) == "failed")
        await asyncio.sleep(2.5)
    assert tapes["agent"].tone_seconds(PROMPT_TONES["emergency_failed"]) > 1.0, "the agent was not told"
    assert tapes["caller"].tone_seconds(PROMPT_TONES["emergency_failed"]) < 0.3, "the caller was told"
    assert table.call.emergency is not None
    assert [route.reason for route in table.call.emergency.tried] == ["busy", "refused"]
    await table.hear(caller="agent", agent="caller")
    await table.sits("backup", 200)
    await table.does("emergency_again")
    await table.until(lambda: state(table) == "reached")
    await table.hear(caller="agent backup", agent="caller backup", backup="caller agent")

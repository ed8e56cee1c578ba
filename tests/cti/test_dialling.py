"""A number that a desk dials: the gate's verdict answers the click, and what then becomes of it is told and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from cti.core import dialling
from cti.core.dial_events import DialAnswered, DialAsked, DialNotReached, DialRang
from cti.core.dialling import LONGEST, DialState
from cti.core.ids import AgentId, DialId
from cti.core.refusals import AmiDown, BadCommand, DialRuns, InCall, NotSignedOn, NumberNotAllowed
from cti.core.room_commands import DialNumber
from cti.desk_commands import DeskCommands
from tests.cti.calls import Line
from tests.cti.fakes import START, House, ListJournal, house
from tests.cti.test_desk_and_calls import ME, at_work

CASE, MISSED = "01a20130-a3eb-7515-b436-ae270c195727", "HCdemo-1-1795267200.9"
CALL = "HCdemo-1-1795267300.1"


def word(dial: str, state: str, reason: str = "", **more: str) -> dict[str, str]:
    """HotlineDial as the dialplan sends it from the desk's channel."""
    said = {"Event": "UserEvent", "UserEvent": "HotlineDial", "Channel": "PJSIP/1001-00000001", "Uniqueid": "d1"}
    return said | {"Agent": ME, "Dial": dial, "State": state, "Reason": reason, "Case": "", "Callback": ""} | more


async def dialled(home: House, commands: DeskCommands, *states: tuple[str, str], **args: str) -> DialNumber:
    """Dial, and let the dialplan say these words as soon as it was asked."""
    home.switch.done.clear()
    click = asyncio.gather(commands.carry_out(ME, "dial", {"number": "990075", **args}), return_exceptions=True)
    await home.until(lambda: home.switch.of(DialNumber))
    command = home.switch.done[-1]
    assert isinstance(command, DialNumber)
    for state, reason in states:
        home.engine.on_message(word(command.dial, state, reason, Case=command.case_id, Callback=command.callback_id))
    (result,) = await click
    if isinstance(result, BaseException):
        raise result
    await home.settle()
    return command


def shown(home: House) -> Mapping[str, object]:
    row = home.desks.last("agents", ME)
    assert isinstance(row, dict)
    dial: Mapping[str, object] = row["dial"]
    return dial


async def test_a_number_outside_the_gate_is_refused_with_a_code_in_words() -> None:
    async with house() as home:
        commands = await at_work(home)
        with pytest.raises(NumberNotAllowed) as refused:
            await dialled(home, commands, ("failed", "not_allowed"))
        assert (refused.value.code, "没有拨出" in refused.value.text) == ("number_not_allowed", True)
        assert (shown(home)["state"], shown(home)["reason"]) == ("failed", "not_allowed")
        assert home.journal.kinds[-2:] == ["DialAsked", "DialNotReached"]


@pytest.mark.parametrize("reason", ["busy", "unanswered", "refused", "dead", "cancelled", "no_desk"])
async def test_whoever_is_not_reached_is_told_at_the_desk_and_kept_with_where_it_came_from(reason: str) -> None:
    async with house() as home:
        commands = await at_work(home)
        command = await dialled(home, commands, ("allowed", ""), case_id=CASE, callback_id=MISSED)
        assert (command.case_id, command.callback_id) == (CASE, MISSED)
        assert shown(home)["state"] == "desk"
        await home.hear(word(command.dial, "ringing"), word(command.dial, "failed", reason, Case=CASE, Callback=MISSED))
        assert (shown(home)["state"], shown(home)["reason"], shown(home)["case_id"]) == ("failed", reason, CASE)
        last = home.journal.entries[-1]
        assert (last.kind, last.agent_id, last.call_id) == ("DialNotReached", ME, None)
        assert (last.body["reason"], last.body["callback_id"]) == (reason, MISSED)
        await dialled(home, commands, ("allowed", ""))
        assert shown(home)["state"] == "desk", "he may try at once again"


async def test_one_number_at_a_time_and_none_during_a_call_or_without_a_desk() -> None:
    async with house() as home:
        with pytest.raises(NotSignedOn):
            await DeskCommands(home.engine).carry_out(ME, "dial", {"number": "990075"})
        commands = await at_work(home)
        command = await dialled(home, commands, ("allowed", ""))
        with pytest.raises(DialRuns):
            await commands.carry_out(ME, "dial", {"number": "990076"})
        home.clock.pass_(LONGEST.total_seconds())
        assert (await dialled(home, commands, ("allowed", ""))).dial != command.dial, "one that fell silent is over"
        home.clock.pass_(LONGEST.total_seconds())
        line = Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        with pytest.raises(InCall):
            await commands.carry_out(ME, "dial", {"number": "990076"})


async def test_a_dial_that_the_switch_did_not_take_is_over_at_once() -> None:
    async with house() as home:
        commands = await at_work(home)
        home.switch.ready = False
        with pytest.raises(AmiDown):
            await commands.carry_out(ME, "dial", {"number": "990075", "callback_id": MISSED})
        assert (shown(home)["state"], shown(home)["reason"]) == ("failed", "not_tried")
        assert home.journal.entries[-1].body["callback_id"] == MISSED


async def test_the_call_that_an_answer_makes_names_the_case() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line(CALL)
        command = await dialled(home, commands, ("allowed", ""), case_id=CASE)
        arrived = line.caller("UserEvent", UserEvent="HotlineArrived", Dialled="click", Trunk="outbound", Case=CASE)
        answered = word(command.dial, "answered") | {"ChanVariable(HOTLINE_CALL_ID)": CALL}
        await home.hear(arrived | {"CallId": CALL}, answered)
        await home.until(lambda: home.desks.last("calls", CALL))
        row = home.desks.last("calls", CALL)
        assert isinstance(row, dict)
        assert row["case_id"] == CASE
        assert shown(home)["state"] == "answered"
        assert home.engine.agents.agents[ME].dial is not None
        assert home.engine.agents.agents[ME].dial.call == CALL  # type: ignore[union-attr]
        (arrival,) = [entry for entry in home.journal.entries if entry.kind == "CallArrived"]
        assert arrival.body["case_id"] == CASE


@pytest.mark.parametrize(
    "hostile", [{"case_id": "x\r\nAction: x"}, {"callback_id": "a b"}, {"number": "110;x"}, {"case_id": "a" * 41}]
)
async def test_what_could_become_protocol_dials_nothing(hostile: dict[str, str]) -> None:
    async with house() as home:
        commands = await at_work(home)
        with pytest.raises(BadCommand):
            await commands.carry_out(ME, "dial", {"number": "990075", **hostile})
        assert home.switch.of(DialNumber) == []


async def test_after_a_restart_the_last_word_is_still_understood() -> None:
    journal = ListJournal()
    async with house(journal=journal) as home:
        command = await dialled(home, await at_work(home), ("allowed", ""), callback_id=MISSED)
    async with house(journal=journal) as home:
        await at_work(home)
        await home.hear(word(command.dial, "failed", "busy", Callback=MISSED))
        assert (shown(home)["reason"], shown(home)["callback_id"]) == ("busy", MISSED)


def test_a_word_about_another_dial_than_the_last_changes_nothing() -> None:
    me, old, new = AgentId(ME), DialId("old"), DialId("new")
    dial = dialling.advance(None, DialAsked(agent=me, at=START, dial=new))
    assert dialling.advance(dial, DialNotReached(agent=me, at=START, dial=old, reason="busy")) == dial
    rang = dialling.advance(dial, DialRang(agent=me, at=START + timedelta(seconds=1), dial=new, call=CALL))
    done = dialling.advance(rang, DialAnswered(agent=me, at=START + timedelta(seconds=5), dial=new, call=CALL))
    assert done is not None
    assert (done.state, done.call, done.asked_at) == (DialState.ANSWERED, CALL, START)
    assert dialling.advance(done, DialNotReached(agent=me, at=START, dial=new, reason="busy")) == done

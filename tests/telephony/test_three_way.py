"""Three-way talks on real phones, by the very commands that a desk sends; each ear is asked by its tones."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cti.core.call import CallState
from hotline.phone.ear import hear
from tests.telephony.table import TONES, Table, forget, laid, sounds_of, tables


@pytest.fixture(scope="module")
def place() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="hl-table-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield from tables(Path(folder), HOTLINE_SPECIALIST_RING_SECONDS="60")


@pytest.fixture
async def table(place: Table) -> AsyncIterator[Table]:
    async with laid(place) as here:
        yield here


async def test_specialist_is_told_who_asks_accepts_consults_is_swapped_merged_and_leaves(table: Table) -> None:
    await table.talks()
    async with table.taped("caller") as tapes:
        await table.asked()
        assert await table.refusal("three_way", entry="shebao") == "already_asked"
        assert await table.refusal("merge") == "nobody_there"
        await table.hear(agent="")
        await asyncio.sleep(2)
    assert "specialist_asked" in sounds_of(tapes["caller"])
    await table.hear(caller="music", agent="")
    specialist = table.phones["specialist"]
    async with table.taped("specialist") as tapes:
        specialist.answer()
        await asyncio.sleep(3.2)
    assert {"department", "sentence", "specialist_accept"} <= sounds_of(tapes["specialist"])
    await table.accepts(answered=True)
    await table.hear(caller="music", agent="specialist", specialist="agent")
    await table.does("swap")
    await table.hear(caller="agent", agent="caller", specialist="music")
    await table.does("swap")
    await table.hear(caller="music", agent="specialist", specialist="agent")
    await table.does("merge")
    assert await table.refusal("merge") == "already_so"
    await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
    specialist.hang_up()
    await table.hear(caller="agent", agent="caller")
    await table.does("solved", entry="shebao", solved=True)
    assert table.call.threeway is not None
    assert (table.threeway, table.call.threeway.solved) == ("ended", True)
    await table.does("hang_up")
    await table.over("caller")
    told = ["SpecialistAsked", "LegRang", "LegAnswered", "SpecialistAccepted", "ThreeWayMerged", "SpecialistSolved"]
    assert [kind for kind in table.journal.kinds if kind in told] == told
    await every_segment_is_on_file(table, "caller agent specialist")


async def test_specialist_hears_what_this_very_call_is_about_and_else_what_his_entry_is_for(table: Table) -> None:
    await table.talks()
    await table.asked(case_kind="complaint", class_code="010101", summary="张三家停水三天，无人处理")
    heard = await before_accepting(table)
    assert {"department", "type", "class", "specialist_accept"} <= heard
    assert "sentence" not in heard
    await table.accepts(answered=True)
    table.phones["specialist"].hang_up()
    await table.until(lambda: table.threeway == "ended")
    await table.asked(class_code="010102")  # its sentence is not on this Asterisk
    heard = await before_accepting(table)
    assert {"department", "sentence", "specialist_accept"} <= heard
    assert not heard & {"type", "class"}
    await table.accepts(answered=True)
    table.phones["specialist"].hang_up()
    await table.does("hang_up")
    await table.over("caller")


async def test_another_one_may_be_asked_for_in_the_moment_in_which_the_last_one_left_or_was_cancelled(
    table: Table,
) -> None:
    await table.talks()
    specialist = await table.sits("specialist", "ring")
    for turn in range(8):
        forget(specialist)
        await table.does("three_way", entry="shebao")
        await asyncio.to_thread(specialist.wait, "ringing", seconds=10)
        if turn % 2:
            await table.does("three_way_cancel")
        else:
            specialist.answer()
            await asyncio.sleep(0.3)
            await table.accepts(answered=True)
            specialist.hang_up()
        await table.until(lambda: table.threeway == "ended")
    await table.does("hang_up")
    await table.over("caller")


async def before_accepting(table: Table) -> set[str]:
    async with table.taped("specialist") as tapes:
        table.phones["specialist"].answer()
        await asyncio.sleep(4)
    return sounds_of(tapes["specialist"])


async def every_segment_is_on_file(table: Table, speakers: str) -> None:
    await asyncio.to_thread(table.asterisk.wait_idle)
    for file in table.asterisk.recordings.rglob(f"{table.call_id}.*.sln"):
        missing = {name for name in speakers.split() if hear(file).tone_seconds(TONES[name]) < 0.5}
        assert not missing, file.name


async def test_next_number_is_rung_by_itself_and_on_demand_and_the_caller_comes_back_when_asking_is_cancelled(
    table: Table,
) -> None:
    second = await table.sits("second", "ring")
    await table.sits("specialist", 486)
    await table.talks()
    await table.does("three_way", entry="shebao")
    await asyncio.to_thread(second.wait, "ringing", seconds=30)
    await table.until(lambda: table.call.threeway is not None and table.call.threeway.number_index == 2)
    await table.does("three_way_cancel")
    await asyncio.to_thread(second.wait_over, seconds=30)
    await table.hear(caller="agent", agent="caller")
    assert table.threeway == "ended"
    assert await table.refusal("three_way_cancel") == "nobody_asked"
    await table.sits("specialist", "ring")
    await table.does("three_way", entry="shebao")
    await table.until(lambda: table.threeway == "ringing")
    await table.does("three_way_next")
    await asyncio.to_thread(second.wait, "ringing", seconds=30)
    await table.does("three_way_next")
    await table.until(lambda: table.threeway == "ended")
    assert table.call.threeway is not None
    assert table.call.threeway.reason != ""
    await table.hear(caller="music")
    await table.does("retrieve")
    await table.hear(caller="agent", agent="caller")
    assert next(leg.reason for leg in table.call.legs if leg.role == "specialist") == "busy"


async def test_agent_leaves_the_two_others_go_on_and_he_may_come_back(table: Table) -> None:
    await table.consults()
    await table.does("leave")
    await table.over("agent")
    await table.hear(caller="specialist", specialist="caller")
    assert table.call.state is CallState.ROOM
    await table.does("rejoin")
    await table.hear(caller="agent specialist", specialist="agent caller", agent="caller specialist")
    assert table.call.talking is not None
    await table.does("leave")
    table.phones["specialist"].hang_up()
    await table.hear(caller="goodbye")
    await table.over("caller")


async def test_each_party_is_muted_held_and_removed_and_a_wrong_click_changes_nothing(table: Table) -> None:
    await table.merged()
    leg = table.leg_id("specialist")
    await table.does("mute_leg", leg=leg)
    assert await table.refusal("mute_leg", leg=leg) == "already_so"
    await table.hear(caller="agent", agent="caller", specialist="caller agent")
    await table.does("unmute_leg", leg=leg)
    await table.does("hold_leg", leg=table.leg_id("agent"))
    await table.hear(caller="specialist", agent="music", specialist="caller")
    await table.does("retrieve_leg", leg=table.leg_id("agent"))
    await table.does("hold")
    assert await table.refusal("hold_leg", leg=leg) == "last_one"
    await table.does("retrieve")
    await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
    assert await table.refusal("remove_leg", leg="none-1.1") == "leg_gone"
    assert await table.refusal("three_way", by="1002", entry="shebao") == "not_your_call"
    await table.does("remove_leg", leg=leg)
    await table.over("specialist")
    await table.hear(caller="agent", agent="caller")
    assert await table.refusal("remove_leg", leg=leg) == "leg_gone"

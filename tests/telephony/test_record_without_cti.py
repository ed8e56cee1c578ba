"""A third party joins while cti is down, on real phones: the record says afterwards who it was, and CEL agrees."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cti.asterisk import cel
from cti.core.agreement import differences
from cti.core.call import CallState
from cti.core.cut import ESTIMATED
from cti.core.events import AgentAnswered, AgentLeft, CallerHungUp, CallEvent
from cti.core.leg_events import (
    LegAnswered,
    LegJoinedBridge,
    LegLeft,
    LegNotReached,
    LegRang,
    SpecialistAccepted,
    SpecialistNotReached,
    TransferDone,
)
from cti.desk_commands import DeskCommands
from hotline import directory
from hotline.wiring.call_log import CallLog, lines_of, path_of
from storage.recordings import RecordingFiles
from tests.cti.test_on_asterisk import live
from tests.patience import LONG
from tests.telephony.table import COLLEAGUE, DESKS, ME, Table, tables


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="hl-record-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield from tables(Path(folder), HOTLINE_SPECIALIST_RING_SECONDS="60")


@pytest.fixture(autouse=True)
def quiet(table: Table) -> Iterator[None]:
    """Nobody is left in a call of the story before."""
    yield
    table.asterisk.say("channel request hangup all")
    for desk in DESKS:
        table.asterisk.leave(desk.extension)
    table.asterisk.wait_idle()


@asynccontextmanager
async def cti(table: Table) -> AsyncIterator[None]:
    """One run of it, with CEL as its second source."""
    call_log = CallLog(path_of(table.asterisk.settings))
    recordings = RecordingFiles(table.asterisk.settings.home)
    async with live(table.asterisk.settings.port("ami"), table.journal, call_log, recordings) as here:
        here.commands = DeskCommands(here.engine, directory.load(directory.SHIPPED))
        table.here = here
        try:
            yield
        finally:
            here.stop()


def in_cel(table: Table) -> tuple[CallEvent, ...]:
    rows = cel.by_call(cel.rows_of(lines_of(path_of(table.asterisk.settings))))
    return cel.events_of(table.call.id, rows[table.call.id])


async def over(table: Table) -> None:
    """The caller hangs up, and Asterisk has written so."""
    table.phones["caller"].hang_up()
    await asyncio.to_thread(table.asterisk.wait_idle)
    await table.until(lambda: any(isinstance(event, CallerHungUp) for event in in_cel(table)))


async def record(table: Table) -> Sequence[CallEvent]:
    """What cti makes of it at its next start: it agrees with CEL in every leg and talk."""
    call_id = table.call_id
    async with cti(table):
        await table.until(lambda: call_id in table.here.engine.stories)
        await table.here.reaches(CallState.ENDED, seconds=LONG)
        await table.until(lambda: not len(table.here.engine.lanes))
        (story,) = (each for each in table.here.engine.stories.values() if each.call and each.call.id == call_id)
    assert "CallCut" not in {type(event).__name__ for event in story.events}
    assert differences(table.call.id, story.events, in_cel(table)) == []
    return story.events


def of_third(events: Sequence[CallEvent], role: str) -> list[type[CallEvent]]:
    """What is told of the one third party, in its order; bridges once."""
    mine = [event for event in events if getattr(event, "role", "") == role]
    assert len({getattr(event, "leg", "") for event in mine}) == 1
    kinds = LegRang | LegAnswered | LegJoinedBridge | LegLeft | LegNotReached
    return list(dict.fromkeys(type(event) for event in mine if isinstance(event, kinds)))


async def test_a_specialist_who_accepts_while_cti_is_down_is_one_in_the_record(table: Table) -> None:
    async with cti(table):
        await table.talks()
        await table.asked()
    specialist = table.phones["specialist"]
    specialist.answer()
    await asyncio.to_thread(specialist.wait_state, "confirmed", seconds=LONG)
    specialist.press("1")
    await table.hear(agent="specialist", specialist="agent")
    specialist.hang_up()
    await table.over("specialist")
    await over(table)
    events = await record(table)
    assert of_third(events, "specialist") == [LegRang, LegAnswered, LegJoinedBridge, LegLeft]
    accepted = [event for event in events if isinstance(event, SpecialistAccepted)]
    assert [event.entry for event in accepted] == ["shebao"]
    threeway = table.call.threeway
    assert threeway is not None
    assert (threeway.entry, threeway.leg, threeway.state) == ("shebao", accepted[0].leg, "ended")


async def test_why_nobody_accepted_while_cti_was_down_is_in_the_record(table: Table) -> None:
    async with cti(table):
        await table.sits("second", 486)
        await table.talks()
        await table.asked()
    table.phones["specialist"].hang_up()
    await table.hear(caller="music", agent="")
    await table.until(lambda: any(isinstance(event, SpecialistNotReached) for event in in_cel(table)))
    await over(table)
    events = await record(table)
    refused = [(each.party, each.reason) for each in events if isinstance(each, LegNotReached)]
    assert [party for party, _ in refused] == ["shebao"] * 2
    assert refused[-1] == ("shebao", "busy")
    (told,) = [event for event in events if isinstance(event, SpecialistNotReached)]
    assert (told.entry, told.reason) == ("shebao", "unanswered")


@pytest.mark.parametrize(
    ("kind", "target", "seat", "role"),
    [("department", "shuiwu", "line", "specialist"), ("centre", "sheng", "centre", "centre")],
)
async def test_a_kept_line_and_another_centre_that_answer_while_cti_is_down_are_told_apart(
    table: Table, kind: str, target: str, seat: str, role: str
) -> None:
    async with cti(table):
        phone = await table.sits(seat, "ring")
        await table.talks()
        await table.does("transfer", kind=kind, target=target)
        await asyncio.to_thread(phone.wait, "ringing", seconds=LONG)
    phone.answer()
    await table.hear(**{"caller": seat, seat: "caller"})
    await over(table)
    events = await record(table)
    assert of_third(events, role) == [LegRang, LegAnswered, LegJoinedBridge, LegLeft]
    (done,) = [event for event in events if isinstance(event, TransferDone)]
    assert (done.kind, done.target) == (kind, target)
    (rang,) = [event for event in events if isinstance(event, LegRang)]
    assert rang.party == target


async def test_a_colleague_who_took_the_caller_over_is_the_agent_in_both_tellings(table: Table) -> None:
    """Consulted as a third party, then the agent, on one leg; cti is down when the talk ends."""
    async with cti(table):
        await table.sits("colleague")
        await table.here.at_work()
        await table.here.commands.carry_out(COLLEAGUE, "sign_on", {"queues": ["enterprise"]})
        await table.here.commands.carry_out(COLLEAGUE, "ready", {})
        await table.talks()
        await table.does("transfer", kind="agent", target=COLLEAGUE, warm=True)
        await table.hear(caller="music", agent="colleague", colleague="agent")
        await table.does("transfer_complete")
        await table.hear(caller="colleague", colleague="caller")
        await table.over("agent")
    await over(table)
    for told in (await record(table), in_cel(table)):
        assert [event.agent for event in told if isinstance(event, AgentAnswered)] == [ME, COLLEAGUE]
        assert [event.agent for event in told if isinstance(event, AgentLeft)] == [ME, COLLEAGUE]


async def test_cel_holds_no_number_and_no_word_that_is_not_ours(table: Table) -> None:
    """The callers of these stories have one number; whoever was rung has one too."""
    text = await asyncio.to_thread(path_of(table.asterisk.settings).read_text, "utf-8")
    assert "leg/ringing/" in text
    assert "13800000001" not in text
    assert "990010" not in text


DARK = timedelta(seconds=12)
"""So long the machine is as if it were off, and then so long Asterisk runs alone."""
SECOND = timedelta(seconds=1)
"""Asterisk tells how long it has run in whole ones."""


@pytest.mark.parametrize("sound", ["kept", "lost"])
async def test_a_call_that_died_with_asterisk_while_cti_was_down_ended_then_and_not_when_all_was_back(
    table: Table, sound: str
) -> None:
    """By its last sound; without any, when the next Asterisk was started: that is heard at the log-in."""
    async with cti(table):
        await table.talks()
        call_id = table.call.id
    died = datetime.now(UTC)
    table.asterisk.kill()
    table.phones["caller"].hang_up()
    table.phones["agent"].hang_up()
    if sound == "lost":
        for raw in table.asterisk.recordings.rglob(f"{call_id}.*.sln"):
            raw.unlink()
    await asyncio.sleep(DARK.total_seconds())
    started = datetime.now(UTC)
    await asyncio.to_thread(table.asterisk.start)
    up = datetime.now(UTC)
    await asyncio.sleep(DARK.total_seconds())
    async with cti(table):
        await table.until(lambda: call_id in table.here.engine.stories)
        ended = await table.here.reaches(CallState.ENDED, seconds=LONG)
    assert (ended.id, ended.end) == (call_id, ESTIMATED)
    assert ended.ended_at is not None
    first, last = (died - DARK, started) if sound == "kept" else (started - SECOND, up + SECOND)
    assert first < ended.ended_at < last
    (cut,) = [entry for entry in table.journal.entries if entry.kind == "CallCut" and entry.call_id == call_id]
    assert cut.at == ended.ended_at

"""Legs, rooms and the three-way after cuts and restarts, on real phones; journal and CEL tell one story."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cti.asterisk import cel
from cti.core.agreement import differences
from cti.core.call import Call, CallState
from cti.core.verdict import Verdict, verdict
from cti.desk_commands import DeskCommands
from hotline import directory
from hotline.wiring.call_log import CallLog, lines_of, path_of
from tests.cti.fakes import ListJournal
from tests.cti.test_on_asterisk import live
from tests.faults.relay import Relay, relayed
from tests.telephony.emergency_story import qualified
from tests.telephony.table import DESKS, PATIENCE, SEATS, Table, tables


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="hl-truth-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield from tables(Path(folder))


@asynccontextmanager
async def beside(table: Table, port: int) -> AsyncIterator[None]:
    """One run of cti, with CEL as its second source."""
    async with live(port, table.journal, CallLog(path_of(table.asterisk.settings))) as here:
        here.commands = DeskCommands(here.engine, directory.load(directory.SHIPPED))
        table.here = here
        yield


@pytest.fixture(autouse=True)
def quiet(table: Table) -> Iterator[None]:
    """Nobody is left in a call of the story before."""
    yield
    table.asterisk.say("channel request hangup all")
    for desk in DESKS:
        table.asterisk.leave(desk.extension)
    table.asterisk.wait_idle()


def facts(call: Call) -> dict[str, object]:
    """What a desk shows of a call."""
    legs = {(leg.leg, leg.role, leg.state, leg.muted, leg.bridge, leg.in_room) for leg in call.legs if leg.lives}
    return {
        "state": call.state,
        "legs": legs,
        "talking": call.talking,
        "threeway": call.threeway.state if call.threeway else None,
    }


async def merged(table: Table) -> None:
    """The specialist's phone is told first that it shall only ring: a new one answers by itself."""
    await table.sits("specialist", "ring")
    await table.merged()


async def ended_and_agreed(table: Table) -> Verdict:
    """The caller hangs up."""
    table.phones["caller"].hang_up()
    await table.here.reaches(CallState.ENDED, seconds=PATIENCE)
    return await agreed(table)


async def agreed(table: Table) -> Verdict:
    """Journal and CEL tell the same of every leg and talk."""
    call = table.call
    await asyncio.to_thread(table.asterisk.wait_idle)
    events = table.here.engine.stories[call.id].events
    rows = cel.by_call(cel.rows_of(lines_of(path_of(table.asterisk.settings))))[call.id]
    assert differences(call.id, events, cel.events_of(call.id, rows)) == []
    return verdict(events)


async def test_a_restarted_cti_finds_the_three_way_as_it_was_with_and_without_its_journal(table: Table) -> None:
    port = table.asterisk.settings.port("ami")
    async with beside(table, port):
        await merged(table)
        before = facts(table.call)
        table.here.stop()
    async with beside(table, port):
        await table.until(lambda: table.here.call is not None and facts(table.call) == before)
        await table.does("mute_leg", leg=table.leg_id("specialist"))
        muted = facts(table.call)
        table.here.stop()
    assert muted != before
    table.journal = ListJournal()
    async with beside(table, port):
        await table.until(lambda: table.here.call is not None and facts(table.call)["legs"] == muted["legs"])
        assert table.call.talking is not None
        await table.hear(caller="agent", agent="caller", specialist="caller agent")
        assert await ended_and_agreed(table) == Verdict(ended_by="caller", outcome="answered")


async def test_what_happens_in_a_three_way_while_ami_is_cut_is_known_afterwards(table: Table) -> None:
    """The specialist leaves, then the agent: nobody is there to hear it but Asterisk itself."""
    async with relayed("127.0.0.1", table.asterisk.settings.port("ami")) as relay, beside(table, relay.port):
        await merged(table)
        await _cut(table, relay)
        table.phones["specialist"].hang_up()
        await table.over("specialist")
        await _mended(table, relay)
        await table.until(lambda: not table.call.legs_of("specialist"))
        assert (table.call.state, table.threeway) == (CallState.TALKING, "ended")
        await table.hear(caller="agent", agent="caller")
        assert await ended_and_agreed(table) == Verdict(ended_by="caller", outcome="answered")


async def _cut(table: Table, relay: Relay) -> None:
    relay.refuse = True
    relay.reset()
    await table.until(lambda: not table.here.events.up)


async def _mended(table: Table, relay: Relay) -> None:
    generation = table.here.engine.generation
    relay.refuse = False
    await table.until(lambda: table.here.engine.generation > generation)


async def test_the_callers_hanging_up_in_an_emergency_while_ami_is_cut_ends_nothing(table: Table) -> None:
    """Agent and operator talk on; afterwards the state, the record and CEL say so."""
    operator = await table.sits("operator", 200)
    port = table.asterisk.settings.port("phones") + SEATS["operator"]
    await asyncio.to_thread(qualified, table.asterisk, port, "Avail")
    async with relayed("127.0.0.1", table.asterisk.settings.port("ami")) as relay, beside(table, relay.port):
        await table.talks()
        await table.does("emergency", service="110")
        await table.hear(caller="agent operator", agent="caller operator", operator="caller agent")
        await _cut(table, relay)
        table.phones["caller"].hang_up()
        await table.over("caller")
        await _mended(table, relay)
        await table.until(lambda: table.call.state is CallState.CALLER_GONE)
        assert {leg.role for leg in table.call.legs if leg.lives} == {"agent", "emergency"}
        await table.hear(agent="operator", operator="agent")
        operator.hang_up()
        await table.over("operator")
        table.phones["agent"].hang_up()
        await table.here.reaches(CallState.ENDED, seconds=PATIENCE)
        assert await agreed(table) == Verdict(ended_by="caller", outcome="emergency")

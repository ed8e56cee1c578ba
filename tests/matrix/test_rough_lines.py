"""A caller or a specialist on a bad line: packets lost and late, then a line that is dead for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from cti.core.call import CallState
from hotline.phone.client import Phone
from hotline.phone.ear import write_tone
from tests.faults.rough_line import RoughLine
from tests.telephony.table import PATIENCE, SEATS, TONES, Table

pytestmark = pytest.mark.no_proof("a tone with holes is no steady tone, and into a dead line one talks unheard")

AWAY = 12
"""The seat of a specialist whose own seat is the line's."""
DEAD_SECONDS = 4.0
"""Less than the ten after which a desk's line counts as lost."""
LINES = {"two_in_a_hundred_lost": (0.02, 0.0), "late_by_up_to_60_ms": (0.0, 0.06), "lost_and_late": (0.03, 0.04)}


@contextmanager
def rough(table: Table, *, phone: int, listens: int = 0) -> Iterator[RoughLine]:
    settings = table.asterisk.settings
    ours, theirs = ("127.0.0.1", settings.port("phones") + phone), ("127.0.0.1", settings.port("sip"))
    with RoughLine(ours, theirs, listens) as line:
        yield line


@asynccontextmanager
async def specialist_by(table: Table, folder: Path) -> AsyncIterator[RoughLine]:
    """The directory's number leads to the line, and the line to the specialist's phone."""
    settings, name = table.asterisk.settings, "specialist"
    if name in table.phones:
        await asyncio.to_thread(table.phones.pop(name).quit)
    away = table.phones[name] = await asyncio.to_thread(Phone.of, settings, AWAY)
    away.play(await asyncio.to_thread(write_tone, folder / "away.wav", TONES[name], 5))
    try:
        with rough(table, phone=AWAY, listens=settings.port("phones") + SEATS[name]) as line:
            yield line
    finally:
        await asyncio.to_thread(table.phones.pop(name).quit)


async def talks_by(table: Table, line: RoughLine) -> None:
    """As `talks`, the caller's call over this line."""
    caller, _ = await table.sits("caller"), await table.sits("agent")
    await table.here.at_work()
    caller.call(f"sip:12345@127.0.0.1:{line.port}", number="13800000001")
    table.call_id = (await table.here.reaches(CallState.TALKING, seconds=PATIENCE)).id


def worse(line: RoughLine, kind: str) -> None:
    line.loss, line.jitter = LINES[kind]


@pytest.mark.parametrize("kind", LINES)
async def test_a_caller_on_a_bad_line_is_heard_and_hears_through_hold_consult_and_merge(
    table: Table, kind: str
) -> None:
    with rough(table, phone=SEATS["caller"]) as line:
        worse(line, kind)
        await talks_by(table, line)
        await table.hear(caller="agent", agent="caller")
        await table.does("hold")
        await table.hear(caller="music", agent="")
        await table.does("retrieve")
        await table.hear(caller="agent", agent="caller")
        await table.asked()
        await table.accepts()
        await table.hear(caller="music", agent="specialist", specialist="agent")
        await table.does("merge")
        await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
        assert line.passed > 250, "its sound went another way"
        assert line.lost or not line.loss


@pytest.mark.parametrize("kind", LINES)
async def test_a_specialist_on_a_bad_line_accepts_with_his_key_and_is_heard(
    table: Table, kind: str, tmp_path: Path
) -> None:
    async with specialist_by(table, tmp_path) as line:
        worse(line, kind)
        await table.merged()
        await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
        assert line.passed > 50, "its sound went another way"
        table.phones["specialist"].hang_up()
        await table.hear(caller="agent", agent="caller")


async def test_a_line_that_is_dead_for_a_while_drops_nobody_and_is_heard_again(table: Table) -> None:
    with rough(table, phone=SEATS["caller"]) as line:
        await talks_by(table, line)
        await table.hear(caller="agent", agent="caller")
        await table.asked()
        await table.accepts()
        await table.does("merge")
        await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
        line.dead = True
        await table.hear(caller="", agent="specialist", specialist="agent")
        await asyncio.sleep(DEAD_SECONDS)
        line.dead = False
        await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
        assert table.call.state is CallState.TALKING

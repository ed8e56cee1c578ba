"""AMI is cut the moment a Redirect has left: it is done or it is not, and everybody says the same afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from cti.core.call import CallState
from cti.desk_commands import DeskCommands
from hotline import directory
from tests.cti.test_on_asterisk import live
from tests.faults.relay import Relay, relayed
from tests.telephony.table import COLLEAGUE, Table

AFTER = (0.003, 0.05)
"""Seconds from the Redirect's passing to the cut: its answer is lost, or the first events behind it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is clicked, from which state of the talk, and what each ear hears once it was done."""

    kind: str
    begins: str
    ears: tuple[tuple[str, str], ...]
    args: tuple[tuple[str, str], ...] = ()


def change(kind: str, begins: str, args: dict[str, str] | None = None, /, **ears: str) -> Change:
    return Change(kind, begins, tuple(ears.items()), tuple((args or {}).items()))


CHANGES = (
    change("hold", "talking", caller="music", agent=""),
    change("retrieve", "held", caller="agent", agent="caller"),
    change("three_way", "talking", {"entry": "shebao"}, caller="music", agent=""),
    change("merge", "consulting", caller="agent specialist", agent="caller specialist", specialist="caller agent"),
    change("swap", "consulting", caller="agent", agent="caller", specialist="music"),
    change("leave", "merged", caller="specialist", specialist="caller"),
    change("transfer", "talking", {"kind": "agent", "target": COLLEAGUE}, caller="colleague", colleague="caller"),
)


class Scissors:
    """Once they are open, everything is cut as soon as the next Redirect (or what a change is done with) has passed."""

    def __init__(self, relay: Relay) -> None:
        self._relay, self._after = relay, 0.0
        self.open = False
        relay.told = self._passes

    def opened(self, after: float) -> None:
        self.open, self._after = True, after

    def _passes(self, piece: bytes) -> None:
        if self.open and (b"Action: Redirect" in piece or b"Action: Hangup" in piece):
            self.open = False
            asyncio.get_running_loop().call_later(self._after, self._relay.reset)


@asynccontextmanager
async def by_relay(table: Table) -> AsyncIterator[Scissors]:
    """The same journal; a new cti, whose AMI sessions go over a line that can be cut."""
    table.here.stop()
    async with relayed("127.0.0.1", table.asterisk.settings.port("ami")) as relay:
        scissors = Scissors(relay)
        async with live(relay.port, table.journal) as again:
            again.commands = DeskCommands(again.engine, directory.load(directory.SHIPPED))
            table.here = again
            await table.until(lambda: again.actions.up and again.engine.generation)
            yield scissors


async def comes_to(table: Table, begins: str) -> None:
    await table.sits("colleague")
    await table.here.commands.carry_out(COLLEAGUE, "sign_on", {"queues": ["enterprise"]})
    await table.sits("specialist", "ring")
    await table.talks()
    if begins == "held":
        await table.does("hold")
    if begins in {"consulting", "merged"}:
        await table.asked()
        await table.accepts()
    if begins == "merged":
        await table.does("merge")


@pytest.mark.parametrize("after", AFTER, ids=["answer_lost", "events_lost"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.kind)
async def test_a_change_whose_answer_is_lost_is_done_once_and_known(table: Table, change: Change, after: float) -> None:
    async with by_relay(table) as scissors:
        await comes_to(table, change.begins)
        generation = table.here.engine.generation
        scissors.opened(after)
        await table.refusal(change.kind, **dict(change.args))
        await table.until(lambda: not scissors.open)
        await table.until(lambda: table.here.engine.generation > generation and table.here.actions.up)
        await table.hear(**dict(change.ears))
        await table.until(lambda: is_so(table, change))
        assert table.journal.kinds.count("CallArrived") == 1
        table.phones["caller"].hang_up()
        await table.until(lambda: table.call.state is CallState.ENDED)
        await asyncio.to_thread(table.asterisk.wait_idle)


async def test_a_cut_between_a_redirect_and_the_hang_up_behind_it_drops_nobody_and_a_second_click_does_it(
    table: Table,
) -> None:
    """To leave a consultation is two actions: the caller comes into the room, the agent's leg ends."""
    async with by_relay(table) as scissors:
        await comes_to(table, "consulting")
        generation = table.here.engine.generation
        scissors.opened(0.0)
        refused = await table.refusal("leave")
        await table.until(lambda: table.here.engine.generation > generation and table.here.actions.up)
        if refused:
            await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
            await table.until(lambda: table.call.state is CallState.TALKING and table.leg("agent").in_room)
            assert await table.refusal("leave") == ""
        await table.hear(caller="specialist", specialist="caller")
        await table.over("agent")
        await table.until(lambda: table.call.state is CallState.ROOM)


def is_so(table: Table, change: Change) -> bool:
    """What the engine says of each party is what the ears said."""
    ears = dict(change.ears)
    up = {leg.role: leg for leg in table.call.legs if leg.lives and leg.state == "up"}
    aside = {role for role, leg in up.items() if leg.held}
    music = {name for name, sounds in ears.items() if sounds == "music"}
    talks_with_colleague = table.call.talking is not None and table.call.talking.agent == COLLEAGUE
    return aside == music and ("colleague" not in ears or talks_with_colleague)

"""A burst of events: none is lost, the loop gets its turns in between, and a busy server is no silent one."""

from __future__ import annotations

import asyncio

import pytest

from cti.asterisk import connection as connecting
from cti.asterisk.protocol import BLOCKS_A_TURN
from tests.cti.ami_peer import block, peer, session

BURST = 20_000


async def test_twenty_thousand_events_at_once_are_all_heard_in_order_and_the_loop_turns_meanwhile() -> None:
    async with peer() as server, session(server.port) as here:
        turns = 0
        server.say(b"".join(block({"Event": "Mark", "Number": str(number)}) for number in range(BURST)))
        async with asyncio.timeout(60):
            while len(here.heard) < BURST:
                before = len(here.heard)
                await asyncio.sleep(0)
                turns += 1
                assert len(here.heard) - before <= 2 * BLOCKS_A_TURN
        assert [message["Number"] for message in here.heard] == [str(number) for number in range(BURST)]
        assert turns >= BURST / BLOCKS_A_TURN / 2


async def test_a_server_whose_answer_stands_behind_its_own_events_is_not_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connecting, "PING_DEADLINE", 0.05)
    monkeypatch.setattr(connecting, "PING_EVERY", 0.01)
    async with peer() as server, session(server.port) as here:
        server.answer = lambda action: b"" if action.get("Action") == "Ping" else None
        for _ in range(40):
            server.event("Mark")
            await asyncio.sleep(0.01)
        assert here.connection.up
        assert here.connection.generation == 1
        await here.is_down()

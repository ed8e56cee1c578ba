"""A look at what is there is due after each log-in of either AMI session."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cti.asterisk.asked import AmiTimeout
from cti.asterisk.connection import Account, AmiConnection
from hotline.wiring import looking as module
from hotline.wiring.looking import Looking
from tests.cti.fakes import house

ACCOUNT = Account(host="127.0.0.1", port=1, user="hotline-events", secret="none")  # noqa: S106


async def test_the_session_that_acts_has_the_queues_looked_at_again_once_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[int] = []
    answers = [AmiTimeout("busy"), None, None]

    async def take(_connection: AmiConnection, generation: int, *_: Any) -> None:
        looks.append(generation)
        failed = answers.pop(0)
        if failed is not None:
            raise failed

    monkeypatch.setattr(module, "take", take)
    monkeypatch.setattr(module, "AGAIN", 0.0)
    async with house() as home, asyncio.TaskGroup() as tasks:
        looking = Looking(tasks)
        looking.look(1)
        events = looking.hears(ACCOUNT, home.engine)
        looking.look(1)
        events.up, events.generation = True, 7
        looking.look(2)
        await home.until(lambda: len(looks) == 2)
        looking.look(3)
    assert looks == [7, 7, 7]

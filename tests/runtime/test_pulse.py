"""The probe of ivr: the beat is touched only for a right answer; two misses end a hung server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hotline.runtime import probe
from hotline.runtime.probe import Pulse, answers
from tests.patience import LONG

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def obedient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    header = await reader.readuntil(b"\n\n")
    if b"agi_network_script: probe\n" in header:
        writer.write(b"probe ok\n")
    writer.close()


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def closes_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def talks_nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"x" * 200_000)
    writer.close()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_right_answer_touches_the_beat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe.answers, "__kwdefaults__", {"deadline_s": LONG})
    beat, killed = tmp_path / "beat", []
    async with serving(obedient) as port:
        await Pulse(port, beat, serving=lambda: True, kill=lambda: killed.append(1)).once()
    assert beat.exists()
    assert killed == []


@pytest.mark.parametrize("handler", [silent, closes_at_once, talks_nonsense])
async def test_two_misses_in_a_row_kill_and_the_beat_is_left_to_age(handler: Handler, tmp_path: Path) -> None:
    beat, killed = tmp_path / "beat", []
    async with serving(handler) as port:
        pulse = Pulse(port, beat, serving=lambda: True, kill=lambda: killed.append(1))
        await pulse.once()
        assert killed == []
        # A miss that took too long is not counted: then it was this machine that was held up.
        for _ in range(5):
            if not killed:
                await pulse.once()
    assert killed == [1]
    assert not beat.exists()


async def test_a_server_that_is_only_starting_is_not_killed(tmp_path: Path) -> None:
    killed: list[int] = []
    pulse = Pulse(1, tmp_path / "beat", serving=lambda: False, kill=lambda: killed.append(1))
    for _ in range(3):
        await pulse.once()
    assert killed == []


async def test_nobody_listening_is_no_answer() -> None:
    assert not await answers(1)

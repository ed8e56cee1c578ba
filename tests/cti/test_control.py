"""The control socket: who may come in, snapshot and deltas, ids, expiry, slow readers."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cti import control
from cti.control import ControlServer
from cti.core.refusals import NotYourCall
from cti.desk_commands import DeskCommands
from tests.cti.calls import Line
from tests.cti.fakes import House
from tests.patience import LONG

Frame = dict[str, Any]


class Web:
    """The other end of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def frame(self) -> Frame:
        async with asyncio.timeout(LONG):
            return dict(json.loads(await self.reader.readline()))

    async def reply(self) -> Frame:
        while (frame := await self.frame())["type"] != "reply":
            pass
        return frame

    def send(self, kind: str = "note", *, actor: str = "1001", lives: float = 30.0, id_: str = "", **args: Any) -> str:
        key = id_ or uuid.uuid4().hex
        command = {
            "type": "command",
            "id": key,
            "actor": actor,
            "kind": kind,
            "args": args,
            "expires_at": time.time() + lives,
        }
        self.writer.write(json.dumps(command).encode() + b"\n")
        return key


class Served:
    """A server whose commands are written down."""

    def __init__(self, path: Path, tasks: asyncio.TaskGroup) -> None:
        self.path = path
        self.carried: list[tuple[str, str, Mapping[str, Any]]] = []
        self.server = ControlServer(
            path, run_id="run-1", state=lambda: {"agents": {}}, carry_out=self._carry, tasks=tasks
        )

    async def _carry(self, actor: str, kind: str, args: Mapping[str, Any]) -> None:
        self.carried.append((actor, kind, args))
        if kind == "refuse":
            raise NotYourCall
        if kind == "break":
            raise RuntimeError("a mistake of ours")
        await asyncio.sleep(float(args.get("takes", 0)))

    async def web(self) -> Web:
        return Web(*await asyncio.open_unix_connection(str(self.path), limit=64 << 20))


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    async with asyncio.TaskGroup() as tasks:
        here = Served(folder / "cti.sock", tasks)
        await here.server.start()
        try:
            yield here
        finally:
            await here.server.stop()


async def test_only_our_own_user_may_open_the_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(tmp_path) as here:
        assert stat.S_IMODE(here.path.stat().st_mode) == 0o600
        monkeypatch.setattr(control, "peer_uid", lambda sock: os.getuid() + 12345)
        web = await here.web()
        assert await web.reader.read() == b""


async def test_a_client_gets_a_snapshot_then_numbered_deltas(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        here.server.publish([("health", "ami", "up")])
        web = await here.web()
        first = await web.frame()
        assert first == {"type": "snapshot", "seq": 1, "run": "run-1", "state": {"agents": {}}}
        here.server.publish([("agents", "1001", {"id": "1001"})])
        here.server.publish([("agents", "1001", None)])
        assert [(await web.frame())["seq"] for _ in range(2)] == [2, 3]


async def test_a_command_is_answered_and_a_second_time_answered_the_same_and_done_once(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        web = await here.web()
        key = web.send("note", takes=0.05)
        web.send("note", id_=key, takes=0.05)
        assert [await web.reply() for _ in range(2)] == [{"type": "reply", "to": key, "ok": True}] * 2
        other = await here.web()
        other.send("note", id_=key)
        assert (await other.reply())["ok"]
        assert len(here.carried) == 1


async def test_a_command_that_is_too_old_is_not_carried_out(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        web = await here.web()
        for lives in (-0.1, 3600.0):
            web.send(lives=lives)
            assert (await web.reply())["code"] == "expired"
        assert here.carried == []


async def test_refusals_have_a_code_and_words_and_our_mistakes_break_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        web = await here.web()
        web.send("refuse")
        refused = await web.reply()
        assert (refused["ok"], refused["code"], refused["text"]) == (False, "not_your_call", NotYourCall.text)
        web.send("break")
        assert (await web.reply())["code"] == "refused"
        web.send("note")
        assert (await web.reply())["ok"]


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"null", b'{"type":"command"}', b"\xff\xfe", b"[" * 60_000, b'{"type":"command","id":5}', b'"x"'],
)
async def test_nonsense_is_refused_and_the_connection_lives(tmp_path: Path, line: bytes) -> None:
    async with served(tmp_path) as here:
        web = await here.web()
        web.writer.write(line + b"\n")
        assert (await web.reply())["code"] == "bad_command"
        web.send("note")
        assert (await web.reply())["ok"]


async def test_a_line_without_end_cuts_its_client_only(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        good, bad = await here.web(), await here.web()
        bad.writer.write(b"x" * 200_000)
        await bad.frame()
        with pytest.raises((ConnectionError, ValueError)):
            await bad.frame()
        good.send("note")
        assert (await good.reply())["ok"]


async def test_a_client_that_does_not_read_is_cut_and_the_others_miss_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        slow, fast = await here.web(), await here.web()
        slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
        await fast.frame()
        for _ in range(120):
            here.server.publish([("calls", "HC1", {"number": "1" * 40_000})])
            assert (await fast.frame())["type"] == "delta"
        assert len(here.server._clients) == 1


async def test_a_socket_left_by_a_dead_cti_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "cti.sock").write_text("left behind")
    async with served(tmp_path) as here:
        assert (await (await here.web()).frame())["type"] == "snapshot"
    assert not here.path.exists()


async def test_a_whole_call_over_the_socket(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        home, line = House(tasks), Line()
        carry_out = DeskCommands(home.engine).carry_out
        path = tmp_path / "cti.sock"
        server = ControlServer(path, run_id="r", state=home.engine.board.state, carry_out=carry_out, tasks=tasks)
        home.engine.board.show_on(server)
        await server.start()
        web = Web(*await asyncio.open_unix_connection(str(path)))
        assert (await web.frame())["state"]["calls"] == {}
        web.send("sign_on", queues=["general"])
        assert (await web.reply())["ok"]
        web.send("ready")
        assert (await web.reply())["ok"]
        await home.hear(line.arrives(), line.joins(), line.rings())
        rows: list[dict[str, Any]] = []
        while ("calls", ["1001"]) not in [(row["table"], row["value"].get("ringing")) for row in rows]:
            rows = (await web.frame())["changes"]
        await home.hear(line.answered())
        web.send("hang_up", actor="1002", call_id=line.call)
        assert (await web.reply())["code"] == "not_your_call"
        web.send("hang_up", call_id=line.call)
        assert (await web.reply())["ok"]
        await server.stop()

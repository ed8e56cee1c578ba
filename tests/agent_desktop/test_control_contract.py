"""The desk's end of the control socket against cti's real one, over a real Unix socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.control import Control
from agent_desktop.refusals import CommandRefused, CtiDown
from cti.control import ControlServer
from cti.core.agent import Agent, AgentState
from cti.core.ids import AgentId
from cti.core.refusals import InCall
from tests.agent_desktop.browser import eventually


class Cti:
    """cti's own server around a state that the test changes."""

    def __init__(self, path: Path, tasks: asyncio.TaskGroup) -> None:
        self.state: dict[str, Any] = {"agents": {}, "calls": {}, "queues": {}, "health": {"ami": "up"}}
        self.carried_out: list[tuple[str, str, dict[str, Any]]] = []
        self.server = ControlServer(path, run_id="r1", state=lambda: self.state, carry_out=self._carry_out, tasks=tasks)

    async def _carry_out(self, actor: str, kind: str, args: Mapping[str, Any]) -> None:
        if kind == "sign_off":
            raise InCall
        self.carried_out.append((actor, kind, dict(args)))


@pytest.fixture
async def cti(tmp_path: Path) -> AsyncIterator[Cti]:
    async with asyncio.TaskGroup() as tasks:
        served = Cti(tmp_path / "cti.sock", tasks)
        await served.server.start()
        yield served
        await served.server.stop()


@pytest.fixture
async def control(cti: Cti, tmp_path: Path) -> AsyncIterator[Control]:
    end = Control(tmp_path / "cti.sock", time.time)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(end.run())
        await eventually(lambda: end.is_up)
        yield end
        running.cancel()


async def test_commands_are_carried_out_and_refused_in_ctis_words(cti: Cti, control: Control) -> None:
    await control.command("pause", "1001", reason="小休")
    assert cti.carried_out == [("1001", "pause", {"reason": "小休"})]
    with pytest.raises(CommandRefused) as refused:
        await control.command("sign_off", "1001")
    assert refused.value.facts == {"code": "in_call", "text": InCall.text}


async def test_rows_as_cti_writes_them_are_understood(cti: Cti, control: Control) -> None:
    from cti.board import agent_row

    agent = Agent(id=AgentId("1001"), state=AgentState.READY)
    cti.server.publish([("agents", "1001", agent_row(agent)), ("health", "ami", "stale")])
    await eventually(lambda: control.live.health == {"ami": "stale"})
    assert control.live.agents["1001"].state == "ready"
    cti.server.publish([("agents", "1001", None)])
    await eventually(lambda: not control.live.agents)


async def test_after_a_restart_the_new_snapshot_counts(cti: Cti, control: Control) -> None:
    await cti.server.stop()
    await eventually(lambda: not control.is_up)
    with pytest.raises(CtiDown):
        await control.command("ready", "1001")
    cti.state["queues"]["general"] = {"name": "general", "waiting": 3, "ready": 0, "talking": 0}
    await cti.server.start()
    await eventually(lambda: control.is_up, 5)
    assert control.live.queues["general"].waiting == 3

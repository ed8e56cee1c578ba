"""The desk's end of the control socket against cti's real one, over a real Unix socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.control import Control
from agent_desktop.refusals import CommandRefused, CtiDown
from cti.board import call_row
from cti.control import ControlServer
from cti.core.agent import Agent, AgentState
from cti.core.call import Call, CallState
from cti.core.dialling import Dial, DialState
from cti.core.ids import AgentId, CallId, Channel, DialId, LegId
from cti.core.leg import Leg, LegState
from cti.core.refusals import InCall
from cti.core.threeway import ThreeWay, ThreeWayState
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
    assert control.live.agents["1001"].dial is None
    now = datetime.now(UTC)
    dial = Dial(id=DialId("d1"), state=DialState.FAILED, since=now, asked_at=now, case_id="c1", reason="busy")
    cti.server.publish([("agents", "1001", agent_row(replace(agent, dial=dial)))])
    await eventually(lambda: control.live.agents["1001"].dial is not None)
    seen = control.live.agents["1001"].dial
    assert seen is not None
    assert (seen.id, seen.state, seen.reason, seen.case_id, seen.since) == ("d1", "failed", "busy", "c1", now)
    cti.server.publish([("agents", "1001", None)])
    await eventually(lambda: not control.live.agents)


async def test_a_call_with_other_parties_is_understood_as_cti_writes_it(cti: Cti, control: Control) -> None:
    legs = (
        Leg(leg=LegId("1.1"), role="caller", channel=Channel("PJSIP/carrier-1"), state=LegState.UP),
        Leg(
            leg=LegId("1.3"),
            role="specialist",
            channel=Channel("PJSIP/x-3"),
            party="shebao",
            label="市人社局",
            held=True,
        ),
    )
    asked = ThreeWay(entry="shebao", department="市人社局", state=ThreeWayState.RINGING, number_index=1, numbers=2)
    asked = replace(asked, solved=False)
    call = Call(
        id=CallId("HCdemo-1-1.1"),
        state=CallState.HELD,
        arrived_at=datetime.now(UTC),
        caller_channel=legs[0].channel,
        caller_leg=legs[0].leg,
        legs=legs,
        threeway=asked,
        recording_paused="口令",
        case_id="01a20130-a3eb-7515-b436-ae270c195727",
    )
    cti.server.publish([("calls", call.id, call_row(call))])
    await eventually(lambda: call.id in control.live.calls)
    seen = control.live.calls[call.id]
    assert [(leg.leg, leg.role, leg.state, leg.held) for leg in seen.legs] == [
        ("1.1", "caller", "up", False),
        ("1.3", "specialist", "ringing", True),
    ]
    assert seen.threeway is not None
    assert (seen.threeway.state, seen.threeway.number_index, seen.threeway.numbers) == ("ringing", 1, 2)
    assert (seen.threeway.solved, seen.case_id) == (False, call.case_id)
    assert seen.recording_paused
    assert seen.has_party("shebao")


async def test_after_a_restart_the_new_snapshot_counts(cti: Cti, control: Control) -> None:
    await cti.server.stop()
    await eventually(lambda: not control.is_up)
    with pytest.raises(CtiDown):
        await control.command("ready", "1001")
    cti.state["queues"]["general"] = {"name": "general", "waiting": 3, "ready": 0, "talking": 0}
    await cti.server.start()
    await eventually(lambda: control.is_up, 5)
    assert control.live.queues["general"].waiting == 3

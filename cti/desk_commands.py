"""The commands that a desk may send, by their kind: arguments checked, then handed to the right room."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from cti.agent_kinds import SUPERVISOR_KINDS, agent_kinds, presence_kinds, supervisor_kinds
from cti.agents_desk import lane_of
from cti.call_control import CallControl
from cti.core.about import Spoken
from cti.core.directory import Directory
from cti.core.ids import AgentId, CallId
from cti.core.refusals import BadCommand, UnknownCommand
from cti.emergency_control import EMERGENCY_KINDS, emergency_kinds
from cti.engine import Engine
from cti.recording_control import RECORDING_KINDS, RecordingControl, recording_kinds
from cti.room_kinds import ROOM_KINDS, room_kinds

_AGENT = re.compile(r"[0-9A-Za-z_-]{1,32}\Z")

NOBODY = Directory()
SILENT = Spoken()

Args = Mapping[str, Any]
Act = Callable[[AgentId, Args], Awaitable[None]]


class DeskCommands:
    """Each agent's commands run in the order in which they came; those of two agents do not wait."""

    def __init__(
        self,
        engine: Engine,
        directory: Directory = NOBODY,
        recording: RecordingControl | None = None,
        spoken: Spoken = SILENT,
    ) -> None:
        self._engine = engine
        self._kinds = agent_kinds(engine.agents) | supervisor_kinds(engine) | _call_kinds(CallControl(engine))
        self._kinds |= presence_kinds(engine)
        self._kinds |= room_kinds(engine, directory, spoken) | emergency_kinds(engine)
        self._kinds |= recording_kinds(recording) if recording else {}

    async def carry_out(self, actor: str, kind: str, args: Args) -> None:
        """Raises a Refusal when the command was not carried out."""
        act = self._kinds.get(kind)
        if act is None:
            raise UnknownCommand(kind)
        if not _AGENT.match(actor):
            raise BadCommand("actor")
        # Call control has a lane of its own: a hang-up never waits behind an agent's journal write.
        lane = f"calls of {actor}" if kind in CALL_KINDS else lane_of(AgentId(actor))
        await self._engine.lanes.ask(lane, partial(act, AgentId(actor), args))


OWN_KINDS = frozenset({"hold", "retrieve", "hang_up"})
CALL_KINDS = OWN_KINDS | SUPERVISOR_KINDS | ROOM_KINDS | RECORDING_KINDS | EMERGENCY_KINDS


def _call_kinds(calls: CallControl) -> dict[str, Act]:
    return {
        "hold": lambda agent, args: calls.hold(agent, _call_id(args)),
        "retrieve": lambda agent, args: calls.retrieve(agent, _call_id(args)),
        "hang_up": lambda agent, args: calls.hang_up(agent, _call_id(args)),
    }


def _call_id(args: Args) -> CallId:
    call_id = args.get("call_id")
    if not isinstance(call_id, str) or not call_id or len(call_id) > 100:
        raise BadCommand("call_id")
    return CallId(call_id)

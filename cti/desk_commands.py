"""The commands that a desk may send, by their kind: arguments checked, then handed to the right room."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from cti.agents_desk import AgentsDesk, lane_of
from cti.call_control import CallControl
from cti.core.ids import AgentId, CallId, QueueName
from cti.core.refusals import BadCommand, UnknownCommand
from cti.engine import Engine

REASON_LIMIT = 30
_AGENT = re.compile(r"[0-9A-Za-z_-]{1,32}\Z")
_QUEUE = re.compile(r"[a-z0-9_-]{1,40}\Z")

Args = Mapping[str, Any]
Act = Callable[[AgentId, Args], Awaitable[None]]


class DeskCommands:
    """Each agent's commands run in the order in which they came; those of two agents do not wait."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kinds = _agent_kinds(engine.agents) | _call_kinds(CallControl(engine))

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


CALL_KINDS = frozenset({"hold", "retrieve", "hang_up"})


def _agent_kinds(agents: AgentsDesk) -> dict[str, Act]:
    return {
        "sign_on": lambda agent, args: agents.sign_on(agent, _queues(args)),
        "sign_off": lambda agent, args: agents.sign_off(agent),
        "ready": lambda agent, args: agents.ready(agent),
        "pause": lambda agent, args: agents.pause(agent, _reason(args)),
        "wrap_up_done": lambda agent, args: agents.wrap_up_done(agent),
        "desk_gone": lambda agent, args: agents.desk_gone(agent),
        "desk_back": lambda agent, args: agents.desk_back(agent),
    }


def _call_kinds(calls: CallControl) -> dict[str, Act]:
    return {
        "hold": lambda agent, args: calls.hold(agent, _call_id(args)),
        "retrieve": lambda agent, args: calls.retrieve(agent, _call_id(args)),
        "hang_up": lambda agent, args: calls.hang_up(agent, _call_id(args)),
    }


def _queues(args: Args) -> tuple[QueueName, ...]:
    given = args.get("queues")
    if not isinstance(given, list) or not given or len(given) > 50:
        raise BadCommand("queues")
    if not all(isinstance(name, str) and _QUEUE.match(name) for name in given):
        raise BadCommand("queues")
    return tuple(QueueName(name) for name in dict.fromkeys(given))


def _reason(args: Args) -> str:
    reason = args.get("reason")
    if not isinstance(reason, str) or not reason.strip() or not reason.isprintable() or len(reason) > REASON_LIMIT:
        raise BadCommand("reason")
    return reason.strip()


def _call_id(args: Args) -> CallId:
    call_id = args.get("call_id")
    if not isinstance(call_id, str) or not call_id or len(call_id) > 100:
        raise BadCommand("call_id")
    return CallId(call_id)

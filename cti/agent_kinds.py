"""The commands about agents' own presence, and those that only a supervisor may give."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from cti.agents_desk import AgentsDesk
from cti.core.ids import AgentId, CallId
from cti.core.refusals import BadCommand, NotSupervisor
from cti.core.skills import BadSkill, Skill, skill_of
from cti.core.supervise_commands import MODES
from cti.engine import Engine
from cti.lanes import lane_of
from cti.supervise_control import SUPERVISOR, SuperviseControl, force, message

REASON_LIMIT = 30
TEXT_LIMIT = 200
MOST_DESKS = 5000
_AGENT = re.compile(r"[0-9A-Za-z_-]{1,32}\Z")

Args = Mapping[str, Any]
Act = Callable[[AgentId, Args], Awaitable[None]]

SUPERVISOR_KINDS = frozenset({*MODES, "spy_end", "take_over", "force", "message"})
"""They run in the supervisor's lane of call control."""


def agent_kinds(agents: AgentsDesk) -> dict[str, Act]:
    """Kind → what is done for the actor."""
    return {
        "sign_on": lambda agent, args: agents.sign_on(agent, skills_in(args)),
        "sign_off": lambda agent, args: agents.sign_off(agent),
        "ready": lambda agent, args: agents.ready(agent, after=str(args.get("after") or "")),
        "pause": lambda agent, args: agents.pause(agent, reason_in(args)),
        "wrap_up_done": lambda agent, args: agents.wrap_up_done(agent),
        "wrap_up_extend": lambda agent, args: agents.wrap_up_extend(agent),
        "raise_hand": lambda agent, args: agents.raise_hand(agent),
        "lower_hand": lambda agent, args: agents.lower_hand(agent),
        "desk_gone": lambda agent, args: agents.desk_gone(agent),
        "desk_back": lambda agent, args: agents.desk_back(agent),
    }


def supervisor_kinds(engine: Engine) -> dict[str, Act]:
    """Kind → what is done for a supervisor. Each is refused to everybody else."""
    control = SuperviseControl(engine)

    def spying(mode: str) -> Act:
        return lambda actor, args: control.spy(actor, agent_in(args), mode)

    async def forced(actor: AgentId, args: Args) -> None:
        agent, state = agent_in(args), words_in(args, "state", REASON_LIMIT)
        reason = reason_in(args) if state == "paused" else ""
        await engine.lanes.ask(lane_of(agent), partial(force, engine.agents, actor, agent, state, reason))

    async def messaged(actor: AgentId, args: Args) -> None:
        agent, text = agent_in(args), words_in(args, "text", TEXT_LIMIT)
        await engine.lanes.ask(lane_of(agent), partial(message, engine.agents, actor, agent, text))

    kinds: dict[str, Act] = {mode: spying(mode) for mode in MODES} | {
        "spy_end": lambda actor, args: control.end(actor),
        "take_over": lambda actor, args: control.take_over(actor, call_id_in(args)),
        "force": forced,
        "message": messaged,
    }
    return {kind: _for_supervisors(act) for kind, act in kinds.items()}


def _for_supervisors(act: Act) -> Act:
    async def checked(actor: AgentId, args: Args) -> None:
        must_be_supervisor(args)
        await act(actor, args)

    return checked


def presence_kinds(engine: Engine) -> dict[str, Act]:
    """What web tells of all its desks together, each second."""

    async def alive(actor: AgentId, args: Args) -> None:
        agents = args.get("agents")
        if not isinstance(agents, list) or len(agents) > MOST_DESKS:
            raise BadCommand("agents")
        engine.presence.alive({agent_in({"agent": agent}) for agent in agents})

    return {"desks_alive": alive}


def must_be_supervisor(args: Args) -> None:
    """Web tells the actor's roles of its own session. Raises NotSupervisor."""
    roles = args.get("roles")
    if not isinstance(roles, list) or SUPERVISOR not in roles:
        raise NotSupervisor


def agent_in(args: Args) -> AgentId:
    agent = args.get("agent")
    if not isinstance(agent, str) or not _AGENT.match(agent):
        raise BadCommand("agent")
    return AgentId(agent)


def call_id_in(args: Args) -> CallId:
    call_id = args.get("call_id")
    if not isinstance(call_id, str) or not 0 < len(call_id) <= 100:
        raise BadCommand("call_id")
    return CallId(call_id)


def skills_in(args: Args) -> tuple[Skill, ...]:
    """`queues` as a list of `queue` or `queue:level`; of one named twice the first counts."""
    given = args.get("queues")
    if not isinstance(given, list) or not 0 < len(given) <= 50 or not all(isinstance(each, str) for each in given):
        raise BadCommand("queues")
    try:
        skills = [skill_of(each) for each in given]
    except BadSkill:
        raise BadCommand("queues") from None
    first: dict[str, Skill] = {}
    for skill in skills:
        first.setdefault(skill.queue, skill)
    return tuple(first.values())


def reason_in(args: Args) -> str:
    return words_in(args, "reason", REASON_LIMIT)


def words_in(args: Args, name: str, longest: int) -> str:
    """A short printable text on one line."""
    text = args.get(name)
    if not isinstance(text, str) or not text.strip() or not text.isprintable() or len(text) > longest:
        raise BadCommand(name)
    return text.strip()

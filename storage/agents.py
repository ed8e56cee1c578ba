"""Agents: who may log in, with which queues and roles; and the small directory that outlives PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from cases.classify import initials
from cases.masking import Role
from storage.database import Database
from storage.tables import agents

EXTENSION = re.compile(r"[0-9]{4}")
PASSWORD_LEAST = 8
COLUMNS = [agents.c[n] for n in ("agent_id", "name", "roles", "queues", "sip_generation", "disabled")]


class BadLogin(Exception):
    """Unknown agent, wrong password or disabled: told as one, so that agents cannot be guessed."""

    code = "bad_login"


class BadAgent(ValueError):
    """An agent cannot be stored like this; the text says why."""

    code = "bad_agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent as the directory knows it: no secret in it. The id is the extension."""

    id: str
    name: str
    roles: tuple[str, ...]
    queues: tuple[str, ...]
    sip_generation: int = 1
    disabled: bool = False

    @property
    def extension(self) -> str:
        return self.id


class AgentStore:
    """The agents of one centre. Every method raises DatabaseAway."""

    def __init__(self, database: Database, *, centre_id: str, hasher: PasswordHasher | None = None) -> None:
        self._database, self._centre = database, centre_id
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        """Made off the loop, with the first log-in of all: half a second of work must not hold up a start."""
        return self._hasher.hash("nobody has this password")

    async def authenticate(self, agent_id: str, password: str) -> Agent:
        """The agent whose password this is. Takes equally long for one that does not exist. Raises BadLogin."""
        async with self._database.begin() as session:
            question = select(*COLUMNS, agents.c.password_hash).where(*self._is(agent_id))
            row = (await session.execute(question)).mappings().first()
        right = await asyncio.to_thread(self._verified, row["password_hash"] if row else None, password)
        if row is None or not right or row["disabled"]:
            raise BadLogin("工号或密码不正确")
        return _agent(row)

    async def add(self, agent: Agent, password: str) -> None:
        """Store a new agent, or replace name, roles and queues of one. Raises BadAgent."""
        _checked(agent, password)
        values = {
            "name": agent.name,
            "name_initials": initials(agent.name),
            "password_hash": await asyncio.to_thread(self._hasher.hash, password),
            "roles": list(agent.roles),
            "queues": list(agent.queues),
            "disabled": agent.disabled,
        }
        row = insert(agents).values(centre_id=self._centre, agent_id=agent.id, **values)
        async with self._database.begin() as session:
            await session.execute(row.on_conflict_do_update(index_elements=["centre_id", "agent_id"], set_=values))

    async def all(self) -> list[Agent]:
        """Every agent of the centre, by extension."""
        question = select(*COLUMNS).where(agents.c.centre_id == self._centre).order_by(agents.c.agent_id)
        async with self._database.begin() as session:
            return [_agent(row) for row in (await session.execute(question)).mappings()]

    async def set_password(self, agent_id: str, password: str) -> None:
        """Raises BadAgent for an agent that does not exist or a password that is too short."""
        _checked_password(password)
        hashed = await asyncio.to_thread(self._hasher.hash, password)
        await self._change(agent_id, password_hash=hashed, password_changed_at=func.now())

    async def set_disabled(self, agent_id: str, disabled: bool) -> None:
        await self._change(agent_id, disabled=disabled)

    async def set_queues(self, agent_id: str, queues: Sequence[str]) -> None:
        """Skills as they are written: `queue` or `queue:level`."""
        await self._change(agent_id, queues=list(queues))

    async def replace_sip_password(self, agent_id: str) -> None:
        """The next generation: the old SIP password stops working once the endpoints are written again."""
        await self._change(agent_id, sip_generation=agents.c.sip_generation + 1)

    async def _change(self, agent_id: str, **values: Any) -> None:
        change = update(agents).where(*self._is(agent_id)).values(**values).returning(agents.c.agent_id)
        async with self._database.begin() as session:
            if await session.scalar(change) is None:
                raise BadAgent(f"没有工号 {agent_id}")

    def _is(self, agent_id: str) -> tuple[Any, ...]:
        return (agents.c.centre_id == self._centre, agents.c.agent_id == agent_id)

    def _verified(self, stored: str | None, password: str) -> bool:
        nobody = self._nobody  # also for one who exists: the first answer of all tells no more than the others
        try:
            return self._hasher.verify(stored or nobody, password)
        except (VerificationError, InvalidHashError):
            return False


def write_directory(path: Path, directory: Sequence[Agent]) -> None:
    """Keep the agents beside PostgreSQL (no secret is among it); replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {"written_at": datetime.now(UTC).isoformat(), "agents": [_as_json(agent) for agent in directory]}
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")
    beside.chmod(0o640)
    beside.replace(path)


def read_directory(path: Path) -> dict[str, Agent]:
    """The agents as last written, by id; empty when nobody has written them yet."""
    if not path.exists():
        return {}
    read = json.loads(path.read_text("utf-8"))["agents"]
    known = [{name: value for name, value in one.items() if name != "extension"} for one in read]
    found = [Agent(**one | {"roles": tuple(one["roles"]), "queues": tuple(one["queues"])}) for one in known]
    return {agent.id: agent for agent in found}


def without_disabled(directory: Sequence[Agent]) -> list[Agent]:
    """Those who may work: what endpoints are written for."""
    return [replace(agent) for agent in directory if not agent.disabled]


def _as_json(agent: Agent) -> dict[str, Any]:
    return asdict(agent) | {"extension": agent.extension}


def _agent(row: Any) -> Agent:
    return Agent(
        id=row["agent_id"],
        name=row["name"],
        roles=tuple(row["roles"]),
        queues=tuple(row["queues"]),
        sip_generation=row["sip_generation"],
        disabled=row["disabled"],
    )


def _checked(agent: Agent, password: str) -> None:
    if not EXTENSION.fullmatch(agent.id):
        raise BadAgent(f"工号 {agent.id!r} 必须是四位数字")
    if not agent.name.strip() or not agent.name.isprintable():
        raise BadAgent("姓名不能为空，也不能含有控制字符")
    unknown = sorted(set(agent.roles) - set(Role))
    if unknown:
        raise BadAgent(f"没有角色 {'、'.join(unknown)}")
    _checked_password(password)


def _checked_password(password: str) -> None:
    if len(password) < PASSWORD_LEAST:
        raise BadAgent(f"密码至少{PASSWORD_LEAST}位")

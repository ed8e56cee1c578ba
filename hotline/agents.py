"""Agents from the command line: added, listed, given new passwords, and known to Asterisk within seconds."""

from __future__ import annotations

import asyncio
import secrets as random_source
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from cases.masking import Role
from cti.core.skills import BadSkill, skill_of
from hotline import secrets_store
from hotline.runtime import agents_config, asterisk
from hotline.runtime.agents_config import Desk
from hotline.runtime.postgres import database_url
from hotline.runtime.queue_rules import QUEUES
from hotline.secrets_store import Secrets
from hotline.settings import Settings
from storage.agents import Agent, AgentStore, BadAgent, without_disabled, write_directory
from storage.centres import ensure_centre
from storage.database import Database, DatabaseAway
from storage.sip_password import sip_password

Answer = TypeVar("Answer")


class AgentExists(RuntimeError):
    """An agent of this number is there already; adding would take his password away."""


class NoDatabase(RuntimeError):
    """The database cannot be asked now; the text says so."""


def add(settings: Settings, agent: str, name: str, queues: Sequence[str], roles: Sequence[str]) -> int:
    """Store a new agent with a random password, printed once; the desk works right away."""
    password = random_source.token_urlsafe(9)
    new = Agent(id=agent, name=name, roles=tuple(roles), queues=written_skills(queues))
    if any(one.id == agent for one in _with_agents(settings, lambda store: store.all())):
        raise AgentExists(f"工号 {agent} 已存在 (exists already): hotline agent password {agent} 可更换口令")
    _with_agents(settings, lambda store: store.add(new, password))
    refresh_desks(settings)
    print(f"已新增 {agent} {name}, 登录密码 password (只显示一次 shown once): {password}")
    return 0


def change_skills(settings: Settings, agent: str, skills: Sequence[str]) -> int:
    """Other queues or levels; an open desk has them when its page signs on again."""
    written = written_skills(skills)
    _with_agents(settings, lambda store: store.set_queues(agent, written))
    refresh_desks(settings)
    print(f"{agent} 技能 skills: {', '.join(written)}")
    return 0


def written_skills(skills: Sequence[str]) -> tuple[str, ...]:
    """Raises BadAgent for what is no skill, or a queue that does not exist."""
    try:
        known = [skill_of(skill) for skill in skills]
    except BadSkill as error:
        raise BadAgent(f"技能 {str(error)!r} 应写作 队列 或 队列:等级 (1–9)") from None
    strangers = sorted({skill.queue for skill in known} - set(QUEUES))
    if strangers:
        raise BadAgent(f"没有队列 {'、'.join(strangers)}")
    return tuple(skills)


def show(settings: Settings) -> int:
    for one in _with_agents(settings, lambda store: store.all()):
        state = "停用 disabled" if one.disabled else "在用 active"
        print(f"{one.id}  {one.name:<8}  {','.join(one.queues):<24}  {','.join(one.roles):<18}  {state}")
    return 0


def new_password(settings: Settings, agent: str) -> int:
    """Replace the log-in password; printed once."""
    password = random_source.token_urlsafe(9)
    _with_agents(settings, lambda store: store.set_password(agent, password))
    print(f"{agent} 新密码 new password (只显示一次 shown once): {password}")
    return 0


def allow(settings: Settings, agent: str, *, working: bool) -> int:
    """Let an agent work, or not any more: no log-in, no line, and open pages are out at once."""
    _with_agents(settings, lambda store: store.set_disabled(agent, not working))
    refresh_desks(settings)
    print(f"{agent} {'已启用 enabled' if working else '已停用 disabled'}")
    return 0


def renew_sip(settings: Settings, agent: str) -> int:
    """Make the old SIP password worthless; an open desk gets the new one by itself."""
    _with_agents(settings, lambda store: store.replace_sip_password(agent))
    refresh_desks(settings)
    print(f"{agent} 话机密码已更换 SIP password replaced")
    return 0


def refresh_desks(settings: Settings) -> int:
    """Write the agents' directory and Asterisk's desks from the database; load them if Asterisk runs."""
    secrets = secrets_store.read(settings)
    everyone = _with_agents(settings, lambda store: store.all())
    write_directory(settings.home / "state/agents.json", everyone)
    changed = agents_config.write(settings, desks(settings, secrets, without_disabled(everyone)))
    if changed and asterisk.is_listening(settings):
        for reload in agents_config.RELOADS:
            asterisk.console(settings, reload)
    return 0


def ensure_centre_row(settings: Settings) -> int:
    """The centre and node that everything else in the database refers to."""

    async def ensure(database: Database) -> None:
        await ensure_centre(database, centre_id=settings.centre_id, name=settings.centre_name, node_id=settings.node_id)

    _with_database(settings, ensure)
    return 0


def desks(settings: Settings, secrets: Secrets, working: Sequence[Agent]) -> list[Desk]:
    """What Asterisk must know of these agents; their SIP passwords are derived, never stored."""
    return [
        Desk(
            agent=agent.id,
            extension=agent.extension,
            name=agent.name,
            password=sip_password(secrets.sip, settings.centre_id, agent.id, agent.sip_generation),
        )
        for agent in working
        if set(agent.roles) != {Role.LINKAGE}  # another system has no phone
    ]


def _with_agents(settings: Settings, ask: Callable[[AgentStore], Awaitable[Answer]]) -> Answer:
    return _with_database(settings, lambda database: ask(AgentStore(database, centre_id=settings.centre_id)))


def _with_database(settings: Settings, ask: Callable[[Database], Awaitable[Answer]]) -> Answer:
    """One question to the database in a loop of its own. Raises NoDatabase."""

    async def once() -> Answer:
        database = Database(database_url(settings, secrets_store.read(settings)), pool=1)
        try:
            return await ask(database)
        finally:
            await database.close()

    try:
        return asyncio.run(once())
    except DatabaseAway as error:
        raise NoDatabase(f"数据库无法连接 (database away): {error}") from None

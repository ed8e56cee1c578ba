"""Demo data: agents with passwords of their own, and a caller with open cases."""

from __future__ import annotations

import asyncio

from hotline import secrets_store
from hotline.runtime.postgres import database_url
from hotline.secrets_store import Secrets
from hotline.settings import Settings
from storage.agents import AgentStore
from storage.cases import CaseStore
from storage.database import Database
from storage.demo import DEMO_AGENTS, add_demo_cases, fill_cases
from storage.fields import Fields


def fill(settings: Settings, *, once: bool, invented_cases: int = 0) -> int:
    """Store what is missing, then so many invented cases. `once`: nothing when the demo agents are there."""
    secrets = secrets_store.read(settings)
    asyncio.run(_fill(settings, secrets, once))
    if invented_cases:
        asyncio.run(_invent(settings, secrets, invented_cases))
    return 0


async def _invent(settings: Settings, secrets: Secrets, cases: int) -> None:
    fields = Fields(secrets.fields.as_json(), secrets.hash_key, settings.centre_id)
    await fill_cases(database_url(settings, secrets), fields, cases, centre_id=settings.centre_id)


async def _fill(settings: Settings, secrets: Secrets, once: bool) -> None:
    database = Database(database_url(settings, secrets), pool=1)
    centre = settings.centre_id
    try:
        agents = AgentStore(database, centre_id=centre)
        known = {agent.id for agent in await agents.all()}
        missing = [agent for agent in DEMO_AGENTS if agent.id not in known]
        passwords = secrets_store.make_demo_passwords(settings, [agent.id for agent in DEMO_AGENTS])
        for agent in missing:
            await agents.add(agent, passwords[agent.id])
        if missing or not once:
            fields = Fields(secrets.fields.as_json(), secrets.hash_key, centre)
            await add_demo_cases(CaseStore(database, fields, centre_id=centre), fields)
    finally:
        await database.close()

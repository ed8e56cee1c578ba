"""A centre with its agents and stores, in a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from cases.case import Kind, Outcome, Urgency
from cases.form import CaseForm
from cti.core.ports import JournalEntry
from storage.agents import Agent, AgentStore
from storage.cases import CaseStore
from storage.centres import ensure_centre
from storage.database import Database
from storage.drain import Drainer
from storage.fields import Fields
from storage.journal import SqliteJournal
from storage.new_case import NewCase, new_case
from tests.conftest import CENTRE
from tests.storage.stories import NOON, NUMBER

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Stores:
    database: Database
    agents: AgentStore
    cases: CaseStore


@pytest.fixture
async def stores(database: Database, fields: Fields) -> Stores:
    await ensure_centre(database, centre_id=CENTRE, name="示范热线", node_id="demo-1")
    agents = AgentStore(database, centre_id=CENTRE, hasher=CHEAP)
    await agents.add(Agent(id="1001", name="王芳", roles=("agent",), queues=("general",)), "first password")
    return Stores(database, agents, CaseStore(database, fields, centre_id=CENTRE))


@pytest.fixture
def taken(fields: Fields) -> Callable[..., NewCase]:
    """A new case as the desk takes it; any field of the form, `number`, `name`, `at` may be given."""

    def take(
        *, number: str = NUMBER, name: str = "张三", at: Any = NOON, agent_id: str = "1001", **given: Any
    ) -> NewCase:
        form = {
            "kind": Kind.COMPLAINT,
            "text": "楼下夜间施工\n已投诉两次",
            "class_code": "080101",
            "district": "02",
            "urgency": Urgency.NORMAL,
            "confidential": False,
            "outcome": Outcome.DISPATCH,
            "answer": "",
            "idempotency": uuid4(),
        }
        return new_case(CaseForm(**form | given), number=number, name=name, agent_id=agent_id, at=at, fields=fields)

    return take


Tell = Callable[[Sequence[JournalEntry]], Awaitable[None]]


@pytest.fixture
async def tell(tmp_path: Path, database_url: str, stores: Stores) -> AsyncIterator[Tell]:
    """What is told reaches the tables before this returns."""
    journal = SqliteJournal(tmp_path / "journal.db", centre_id=CENTRE, node_id="demo-1")
    drainer = Drainer(journal, database_url, menu_seconds=10)

    async def drained(entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            await journal.append(entry)
        await drainer.drain()

    yield drained
    await drainer.close()
    await journal.close()

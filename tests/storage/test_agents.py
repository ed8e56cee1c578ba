"""Agents, drafts and the audit: who may come in, what is kept for them, and what is written down about it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.agents import Agent, AgentStore, BadAgent, BadLogin, read_directory, without_disabled, write_directory
from storage.audit import Act, AuditStore
from storage.database import DatabaseAway
from storage.demo import DEMO_AGENTS, add_demo_agents
from storage.drafts import DraftConflict, DraftStore
from storage.sip_password import sip_password
from tests.conftest import CENTRE
from tests.postgres_server import Server
from tests.storage.conftest import Stores
from tests.storage.stories import NOON, call_id


async def test_an_agent_logs_in_with_the_password_and_with_no_other(stores: Stores) -> None:
    agent = await stores.agents.authenticate("1001", "first password")
    assert (agent.name, agent.queues, agent.extension) == ("王芳", ("general",), "1001")
    for agent_id, password in [("1001", "wrong password"), ("7777", "first password"), ("1001", "")]:
        with pytest.raises(BadLogin):
            await stores.agents.authenticate(agent_id, password)


async def test_an_agents_skills_and_levels_can_be_changed_and_the_password_stays(stores: Stores) -> None:
    await stores.agents.set_queues("1001", ("general:2", "enterprise"))
    agent = await stores.agents.authenticate("1001", "first password")
    assert agent.queues == ("general:2", "enterprise")
    with pytest.raises(BadAgent):
        await stores.agents.set_queues("7777", ("general",))


async def test_a_disabled_agent_stays_outside(stores: Stores) -> None:
    await stores.agents.set_disabled("1001", True)
    with pytest.raises(BadLogin):
        await stores.agents.authenticate("1001", "first password")
    assert without_disabled(await stores.agents.all()) == []


async def test_a_new_password_replaces_the_old_one_and_is_nowhere_in_clear(stores: Stores) -> None:
    await stores.agents.set_password("1001", "second password")
    await stores.agents.authenticate("1001", "second password")
    with pytest.raises(BadLogin):
        await stores.agents.authenticate("1001", "first password")
    async with stores.database.begin() as session:
        stored = await session.scalar(text("SELECT password_hash FROM agents"))
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("agent_id", "name", "role", "password"),
    [
        ("101", "甲", "agent", "long enough"),
        ("1005", "", "agent", "long enough"),
        ("1005", "甲\n[x]", "agent", "long enough"),
        ("1005", "甲", "king", "long enough"),
        ("1005", "甲", "agent", "short"),
    ],
)
async def test_an_agent_that_could_do_harm_is_refused(
    stores: Stores, agent_id: str, name: str, role: str, password: str
) -> None:
    with pytest.raises(BadAgent):
        await stores.agents.add(Agent(id=agent_id, name=name, roles=(role,), queues=()), password)


async def test_a_replaced_sip_password_is_another_one(stores: Stores) -> None:
    (before,) = await stores.agents.all()
    await stores.agents.replace_sip_password("1001")
    (after,) = await stores.agents.all()
    old, new = (sip_password(b"secret", CENTRE, "1001", one.sip_generation) for one in (before, after))
    assert old != new
    assert len(new) == 26
    assert new == sip_password(b"secret", CENTRE, "1001", 2)
    with pytest.raises(BadAgent):
        await stores.agents.replace_sip_password("7777")


async def test_demo_agents_are_added_once_and_keep_their_passwords(stores: Stores) -> None:
    await add_demo_agents(stores.agents, "demo password")
    everyone = await add_demo_agents(stores.agents, "another one")
    assert [agent.id for agent in everyone] == [agent.id for agent in DEMO_AGENTS]
    await stores.agents.authenticate("9001", "demo password")
    await stores.agents.authenticate("1001", "first password")


async def test_the_directory_outlives_the_database_and_holds_no_secret(stores: Stores, tmp_path: Path) -> None:
    path = tmp_path / "state" / "agents.json"
    assert read_directory(path) == {}
    write_directory(path, await stores.agents.all())
    assert read_directory(path)["1001"].name == "王芳"
    assert "argon2" not in path.read_text()
    assert [file.name for file in path.parent.iterdir()] == ["agents.json"]


async def test_a_login_while_postgresql_is_stopped_is_told_as_away(stores: Stores, postgres: Server) -> None:
    postgres.stop()
    try:
        with pytest.raises(DatabaseAway):
            await stores.agents.authenticate("1001", "first password")
    finally:
        postgres.start()


async def test_a_draft_is_kept_and_two_desks_never_overwrite_each_other(stores: Stores) -> None:
    drafts = DraftStore(stores.database, centre_id=CENTRE)
    assert (await drafts.of("1001", call_id())).version == 0
    first = await drafts.save("1001", call_id(), 0, {"text": "一"})
    second = await drafts.save("1001", call_id(), first.version, {"text": "二"})
    for stale in (0, 1):
        with pytest.raises(DraftConflict) as conflict:
            await drafts.save("1001", call_id(), stale, {"text": "三"})
        assert conflict.value.present.fields == {"text": "二"}
    assert (await drafts.of("1001", call_id())).version == second.version == 2
    await drafts.forget("1001", call_id())
    assert (await drafts.of("1001", call_id())).version == 0


async def test_every_change_of_the_audit_shows(stores: Stores) -> None:
    audit = AuditStore(stores.database, centre_id=CENTRE)
    for n in range(6):
        await audit.note(
            "9001", Act.RECORDING_PLAYED, f"recording-{n}", at=NOON + timedelta(seconds=n), call=call_id(n)
        )
    assert await audit.first_break() is None
    for change, place in [
        ("UPDATE audit SET subject = 'x' WHERE place = 4", 4),
        ("DELETE FROM audit WHERE place = 2", 2),
    ]:
        async with stores.database.begin() as session:
            await session.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_append_only"))
            await session.execute(text(change))
        found = await audit.first_break()
        assert found is not None
        assert found.place == place


async def test_audit_rows_written_at_once_follow_one_another(stores: Stores) -> None:
    import asyncio

    audit = AuditStore(stores.database, centre_id=CENTRE)
    await asyncio.gather(*(audit.note("1001", Act.LOGGED_IN, str(n)) for n in range(20)))
    assert await audit.first_break() is None


def test_the_agent_store_is_of_one_centre() -> None:
    assert AgentStore.__init__.__kwdefaults__ == {"hasher": None}, "centre_id has no default"

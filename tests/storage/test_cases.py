"""Cases: saved once, numbered by the day, found by their caller, never rewritten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from cases.case import Outcome, Status, Step, Urgency, new_case_id
from storage.cases import CaseStore, UnknownCase
from storage.database import Database, DatabaseAway
from storage.demo import DEMO_CALLER, add_demo_cases, fill_cases
from storage.fields import Fields
from storage.new_case import NewCase
from tests.conftest import CENTRE
from tests.patience import LONG
from tests.postgres_server import Server
from tests.storage.conftest import Stores
from tests.storage.stories import NOON, NUMBER, call_id

Take = Callable[..., NewCase]


async def test_a_case_for_dispatch_gets_number_due_time_and_two_lines_of_log(stores: Stores, taken: Take) -> None:
    saved = await stores.cases.save(taken(call_id=call_id()))
    assert saved.number == "DEMO2026112100001"
    assert saved.status is Status.AWAITING_DISPATCH
    assert saved.due_at == datetime(2026, 12, 11, 10, 0, tzinfo=UTC), "15 working days, 18:00 in China"
    whole = await stores.cases.whole(saved.case_id)
    assert [entry.step for entry in whole.log] == [Step.REGISTERED, Step.SENT_FOR_DISPATCH]
    assert whole.call_ids == [call_id()]
    assert (whole.caller_number, whole.caller_name) == (NUMBER, "张三")
    assert whole.line.title == "楼下夜间施工"


async def test_a_direct_answer_is_closed_at_once(stores: Stores, taken: Take) -> None:
    saved = await stores.cases.save(taken(outcome=Outcome.DIRECT_ANSWER, answer="已解释政策"))
    whole = await stores.cases.whole(saved.case_id)
    assert (saved.status, saved.due_at) == (Status.CLOSED, None)
    assert whole.line.closed_at == NOON
    assert [entry.status_after for entry in whole.log] == [Status.REGISTERED, Status.ANSWERED, Status.CLOSED]


async def test_the_same_save_twice_is_one_case(stores: Stores, taken: Take) -> None:
    new = taken()
    first = await stores.cases.save(new)
    again = await stores.cases.save(new)
    elsewhere = await stores.cases.save(replace(new, case_id=new_case_id(NOON + timedelta(days=40))))
    assert (again.number, again.case_id, again.fresh) == (first.number, first.case_id, False)
    assert elsewhere.case_id == first.case_id, "even with another id in another month"


async def test_the_same_save_many_times_at_once_is_one_case(stores: Stores, taken: Take) -> None:
    new = taken()
    ids = [new_case_id(NOON) for _ in range(6)]
    saved = await asyncio.gather(*(stores.cases.save(replace(new, case_id=one)) for one in ids))
    assert len({one.case_id for one in saved}) == 1
    assert [one.fresh for one in saved].count(True) == 1


async def test_fifty_cases_at_once_get_fifty_numbers_without_a_gap(stores: Stores, taken: Take) -> None:
    saved = await asyncio.gather(*(stores.cases.save(taken()) for _ in range(50)))
    assert sorted(one.number for one in saved) == [f"DEMO20261121{n:05d}" for n in range(1, 51)]


async def test_a_number_belongs_to_the_local_day(stores: Stores, taken: Take) -> None:
    late = await stores.cases.save(taken(at=datetime(2026, 11, 30, 16, 30, tzinfo=UTC)))
    assert late.number == "DEMO2026120100001"


async def test_a_callers_open_cases_come_first_the_one_due_first_first(
    stores: Stores, taken: Take, fields: Fields
) -> None:
    slow = await stores.cases.save(taken())
    urgent = await stores.cases.save(taken(urgency=Urgency.CRITICAL))
    done = await stores.cases.save(taken(outcome=Outcome.DIRECT_ANSWER, answer="已答复"))
    await stores.cases.save(taken(number="13900001111"))
    card = await stores.cases.card(fields.number_hash("+8613800006027"), NOON)
    assert [line.case_id for line in card.open_cases] == [urgent.case_id, slow.case_id]
    assert [line.case_id for line in card.history] == [done.case_id]
    assert card.repeat_30d == 0
    assert [line.case_id for line in await stores.cases.cases_due_before(NOON + timedelta(hours=3))] == [urgent.case_id]


async def test_a_withheld_number_has_no_hash_and_no_card(stores: Stores, taken: Take) -> None:
    saved = await stores.cases.save(taken(number="", name=""))
    whole = await stores.cases.whole(saved.case_id)
    assert (whole.caller_number, whole.caller_name) == ("", "")


async def test_a_second_call_about_the_same_case_is_linked_once(stores: Stores, taken: Take) -> None:
    saved = await stores.cases.save(taken(call_id=call_id(1)))
    for _ in range(2):
        await stores.cases.link_call(saved.case_id, call_id(2), NOON)
    assert sorted((await stores.cases.whole(saved.case_id)).call_ids) == [call_id(1), call_id(2)]


async def test_an_unknown_case_is_refused_in_one_word(stores: Stores) -> None:
    with pytest.raises(UnknownCase):
        await stores.cases.whole(new_case_id(NOON))


async def test_my_cases_are_mine_and_the_newest_is_first(stores: Stores, taken: Take) -> None:
    first = await stores.cases.save(taken())
    second = await stores.cases.save(taken(at=NOON + timedelta(minutes=5)))
    await stores.cases.save(taken(agent_id="1002"))
    assert [line.case_id for line in await stores.cases.cases_of_agent("1001")] == [second.case_id, first.case_id]


async def test_a_due_time_beyond_the_published_calendar_is_provisional(stores: Stores, taken: Take) -> None:
    saved = await stores.cases.save(taken(at=datetime(2026, 12, 25, tzinfo=UTC)))
    async with stores.database.begin() as session:
        asked = text("SELECT due_provisional FROM cases WHERE case_id = :id")
        assert await session.scalar(asked, {"id": saved.case_id}) is True


async def test_among_a_hundred_thousand_cases_a_callers_open_ones_are_found_by_the_index(
    stores: Stores, database_url: str, fields: Fields
) -> None:
    assert await add_demo_cases(stores.cases, fields) == 5
    assert await add_demo_cases(stores.cases, fields) == 0
    await fill_cases(database_url, fields, 100_000, centre_id=CENTRE)
    digest = fields.number_hash(DEMO_CALLER)
    card = await stores.cases.card(digest, datetime.now(UTC))
    assert len(card.open_cases) == 3
    assert "ix_cases_open_number" in await _plan(
        database_url, "number_hash = $2 ORDER BY due_at", bytes.fromhex(digest)
    )
    plan = await _plan(database_url, "status = $2 AND due_at < now() ORDER BY due_at", "awaiting_dispatch")
    assert "ix_cases_open_due" in plan


async def test_a_stopped_postgresql_is_told_as_away_and_comes_back(
    stores: Stores, postgres: Server, taken: Take, fields: Fields
) -> None:
    new = taken()
    postgres.stop()
    try:
        with pytest.raises(DatabaseAway):
            await stores.cases.save(new)
    finally:
        postgres.start()
    assert (await stores.cases.save(new)).fresh


async def test_a_frozen_postgresql_is_told_as_away_and_not_waited_for(
    postgres: Server, database_url: str, fields: Fields, taken: Take, stores: Stores
) -> None:
    hurried = Database(database_url, answer_seconds=2.0)
    store = CaseStore(hurried, fields, centre_id=CENTRE)
    await store.cases_of_agent("1001")
    postgres.suspend()
    try:
        async with asyncio.timeout(LONG):
            with pytest.raises(DatabaseAway):
                await store.save(taken())
    finally:
        postgres.resume()
    await hurried.close()


def test_a_new_case_survives_its_way_through_json(taken: Take) -> None:
    new = taken(call_id=call_id(), idempotency=uuid4())
    assert NewCase.from_json(new.to_json()) == new
    assert NUMBER not in new.to_json()
    assert "张三" not in new.to_json()


async def _plan(url: str, where: str, value: Any) -> str:
    question = f"EXPLAIN SELECT case_id FROM cases WHERE centre_id = $1 AND closed_at IS NULL AND {where} LIMIT 20"  # noqa: S608
    connection = await asyncpg.connect(url)
    try:
        return "\n".join(row[0] for row in await connection.fetch(question, CENTRE, value))
    finally:
        await connection.close()

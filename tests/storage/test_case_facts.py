"""Who took part in a call is a fact of its case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.fields import Fields
from storage.new_case import NewCase
from tests.storage.conftest import Stores, Tell
from tests.storage.stories import call_id
from tests.storage.test_parties import emergency, three_way


async def test_a_specialist_who_was_asked_is_a_fact_of_the_case(
    tell: Tell, stores: Stores, taken: Callable[..., NewCase], fields: Fields
) -> None:
    await tell(three_way(fields))
    case = await stores.cases.save(taken(call_id=call_id()))
    (fact,) = (await stores.cases.whole(case.case_id)).facts
    assert (fact.kind, fact.who, fact.agent, fact.outcome, fact.solved) == (
        "three_way",
        "人社局",
        "1001",
        "talked",
        True,
    )
    assert fact.talked_s == pytest.approx(48)
    assert (fact.request, fact.class_code, fact.summary) == ("complaint", "010101", "张三家停水")
    assert fact.asked_at is not None
    assert fact.answered_at == fact.asked_at + timedelta(seconds=7)


async def test_an_emergency_is_one_too_with_the_time_until_the_operator_answered(
    tell: Tell, stores: Stores, taken: Callable[..., NewCase]
) -> None:
    case = await stores.cases.save(taken(call_id=call_id()))
    assert (await stores.cases.whole(case.case_id)).facts == [], "the case may be there before its call"
    await tell(emergency())
    (fact,) = (await stores.cases.whole(case.case_id)).facts
    assert (fact.kind, fact.who, fact.agent, fact.outcome) == ("emergency", "110", "1001", "reached")
    assert fact.asked_at is not None
    assert fact.answered_at == fact.asked_at + timedelta(seconds=7)

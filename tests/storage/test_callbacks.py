"""Missed callers: each is on the list, one attempt at a time, gone from it once somebody has talked to them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from cti.core.events import AgentAnswered, CallCut, CallerHungUp, CallerJoinedQueue
from cti.core.leg_events import LegHungUp, LegJoinedBridge
from cti.core.ports import JournalEntry
from storage.callback_attempts import PAUSE
from storage.callbacks import (
    TAKEN_FOR,
    CallbackDone,
    CallbackStore,
    CallbackTaken,
    CallbackUnknown,
)
from storage.fields import Fields
from tests.conftest import CENTRE
from tests.storage.conftest import Stores, Tell
from tests.storage.party_stories import arrives, said, shuffled
from tests.storage.stories import NOON, NUMBER, call_id

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def missed_list(stores: Stores, fields: Fields) -> CallbackStore:
    return CallbackStore(stores.database, fields, centre_id=CENTRE)


def gives_up(keys: Fields, n: int = 1, *, after: float = 0, number: str = NUMBER) -> list[JournalEntry]:
    call = call_id(n)
    return [
        arrives(call=call, after=after, number=number, keys=keys),
        said(CallerJoinedQueue, after + 5, call=call, queue="general", position=1),
        said(CallerHungUp, after + 30, call=call, cause=16),
    ]


def is_answered(keys: Fields, n: int, *, after: float, number: str = NUMBER) -> list[JournalEntry]:
    agent = {"agent": "1002", "leg": "x", "channel": "PJSIP/1002-1", "queue": "general", "waited_s": 3.0}
    return [
        arrives(call=call_id(n), after=after, number=number, keys=keys),
        said(AgentAnswered, after + 3, call=call_id(n), **agent),
    ]


async def test_a_caller_who_gives_up_is_on_the_list_once(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    await tell([said(CallerHungUp, 31, call=call_id(), cause=16)])
    (line,) = await missed_list.waiting(now=LATER)
    assert (line.call_id, line.number, line.stage, line.queue) == (call_id(), NUMBER, "queue", "general")
    assert (line.times, line.attempts, line.state, line.missed_at) == (1, 0, "open", NOON + timedelta(seconds=30))


async def test_three_missed_calls_of_one_number_are_one_line_and_a_success_closes_them_all(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    for n in (1, 2, 3):
        await tell(gives_up(fields, n, after=n * 100))
    await tell(gives_up(fields, 4, number="13900002222"))
    other, line = await missed_list.waiting(now=LATER)
    assert (other.number, line.call_id, line.times) == ("13900002222", call_id(3), 3)
    assert await missed_list.take(line.call_id, "1001", now=LATER) == NUMBER
    with pytest.raises(CallbackTaken):
        await missed_list.take(call_id(1), "1002", now=LATER)
    await missed_list.attempted(line.call_id, "1001", "reached", by_call="HCback", now=LATER)
    assert [each.number for each in await missed_list.waiting(now=LATER)] == ["13900002222"]
    with pytest.raises(CallbackDone):
        await missed_list.take(call_id(2), "1002", now=LATER)


async def test_one_attempt_at_a_time_however_many_click_at_once(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    agents = [f"10{n:02d}" for n in range(12)]
    asked = (missed_list.take(call_id(), agent, now=LATER) for agent in agents)
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [result for result in results if isinstance(result, str)] == [NUMBER]
    assert sum(isinstance(result, CallbackTaken) for result in results) == 11
    (line,) = await missed_list.waiting(now=LATER)
    assert (line.state, line.attempts) == ("taken", 1)
    assert await missed_list.take(call_id(), line.taken_by, now=LATER) == NUMBER, "the same agent may ask again"


async def test_an_attempt_that_fails_or_is_forgotten_gives_the_caller_back_to_the_list(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    await missed_list.take(call_id(), "1001", now=LATER)
    await missed_list.attempted(call_id(), "1001", "unanswered", now=LATER)
    again = LATER + PAUSE
    await missed_list.take(call_id(), "1002", now=again)
    with pytest.raises(CallbackTaken):
        await missed_list.attempted(call_id(), "1001", "reached", now=again)
    after = again + TAKEN_FOR + timedelta(seconds=1)
    (line,) = await missed_list.waiting(now=after)
    assert (line.state, line.attempts, line.taken_by) == ("open", 2, "")
    await missed_list.take(call_id(), "1003", now=after)


async def test_a_later_answered_call_of_the_same_number_closes_it_whichever_is_told_first(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell([*gives_up(fields, 1), *gives_up(fields, 3, number="13900002222")])
    await tell(is_answered(fields, 2, after=600))
    await tell(is_answered(fields, 5, after=700, number="13900003333"))
    await tell(gives_up(fields, 4, after=100, number="13900003333"))
    assert [each.number for each in await missed_list.waiting(now=LATER)] == ["13900002222"]
    await tell(gives_up(fields, 6, after=900))
    assert len(await missed_list.waiting(now=LATER)) == 2, "who gives up afterwards is on it again"
    assert await missed_list.close_answered() == 0


async def test_calling_back_closes_it_only_when_the_two_have_talked(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    agent = {"agent": "1002", "leg": "x", "channel": "PJSIP/1002-1", "queue": "", "waited_s": 0.0}
    for n, after, talked in ((2, 100, False), (3, 300, True)):
        call = call_id(n)
        story = [
            arrives(call=call, after=after, keys=fields, trunk="outbound"),
            said(AgentAnswered, after + 1, call=call, **agent),
        ]
        legs = [("x", "agent"), (call.removeprefix("HC"), "caller")]
        for leg, role in legs if talked else []:
            story.append(
                said(LegJoinedBridge, after + 9, call=call, leg=leg, role=role, channel="PJSIP/x-1", bridge="b")
            )
        await tell([*story, said(CallerHungUp, after + 30, call=call, cause=16)])
        assert len(await missed_list.waiting(now=LATER)) == (0 if talked else 1)


async def test_who_ended_a_call_is_told_by_words_that_change_no_other_row(
    tell: Tell, stores: Stores, fields: Fields
) -> None:
    arrived, joined, gone = gives_up(fields)
    await tell([arrived, joined, said(LegHungUp, 29.9, leg=call_id().removeprefix("HC"), role="caller"), gone])
    async with stores.database.begin() as session:
        (row,) = await session.execute(text("SELECT outcome, ended_by FROM calls"))
    assert tuple(row) == ("abandoned_in_queue", "caller")


async def test_a_withheld_number_and_a_caller_who_only_looked_in_are_not_on_it(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields, 1, number=""))
    await tell([arrives(call=call_id(2), keys=fields), said(CallerHungUp, 6, call=call_id(2), cause=16)])
    assert await missed_list.waiting(now=LATER) == []
    with pytest.raises(CallbackUnknown):
        await missed_list.take(call_id(1), "1001")


async def test_a_caller_of_whom_it_is_learned_late_that_he_was_answered_leaves_the_list(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    late = is_answered(fields, 1, after=0)
    await tell(gives_up(fields))
    assert len(await missed_list.waiting(now=LATER)) == 1
    await tell(late[1:])
    assert [each.stage for each in await missed_list.waiting(now=LATER)] == ["queue"], "he waited again after it"
    await tell([said(AgentAnswered, 20, call=call_id(), agent="1001", leg="y", channel="c", queue="q", waited_s=1.0)])
    assert await missed_list.waiting(now=LATER) == []


@pytest.mark.parametrize("seed", range(4))
async def test_a_cut_caller_is_on_the_list_in_whatever_order_and_batches_it_is_told(
    tell: Tell, missed_list: CallbackStore, fields: Fields, seed: int
) -> None:
    story = [*is_answered(fields, 1, after=0), said(CallCut, 40, call=call_id(), reason="missing at resync")]
    for entry in shuffled(story, seed):
        await tell([entry])
    (line,) = await missed_list.waiting(now=LATER)
    assert (line.stage, line.number) == ("cut", NUMBER)

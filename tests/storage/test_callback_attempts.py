"""What became of calling a missed caller back is told by the dial itself; the agent may only correct it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cti.core.codec import encode
from cti.core.dial_events import DialNotReached
from cti.core.events import AgentAnswered, CallerHungUp
from cti.core.ids import AgentId, DialId
from cti.core.leg_events import LegJoinedBridge
from cti.core.ports import JournalEntry
from storage.callback_attempts import PAUSE
from storage.callbacks import CORRECTED_WITHIN, CallbackDone, CallbackStore, CallbackTaken, CallbackTooEarly
from storage.fields import Fields
from tests.conftest import CENTRE
from tests.storage.conftest import Stores, Tell
from tests.storage.party_stories import KEYS, arrives, said
from tests.storage.stories import NOON, call_id
from tests.storage.test_callbacks import gives_up

LATER = NOON + timedelta(hours=1)
A_MOMENT = timedelta(seconds=20)


@pytest.fixture
def missed_list(stores: Stores, fields: Fields) -> CallbackStore:
    return CallbackStore(stores.database, fields, centre_id=CENTRE)


def not_reached(reason: str, at: datetime, *, agent: str = "1001", callback_id: str = "") -> JournalEntry:
    return encode(
        DialNotReached(
            agent=AgentId(agent), at=at, dial=DialId("d1"), callback_id=callback_id or call_id(), reason=reason
        ),
        KEYS,
    )


def calls_back(keys: Fields, n: int, at: datetime) -> list[JournalEntry]:
    """1001 calls NUMBER at that time; the two talk."""
    call, after = call_id(n), (at - NOON).total_seconds()
    agent = {"agent": "1001", "leg": "x", "channel": "PJSIP/1001-1", "queue": "", "waited_s": 0.0}
    room = {"channel": "c", "bridge": "b"}
    legs = [("x", "agent"), (call.removeprefix("HC"), "caller")]
    return [
        arrives(call=call, after=after, keys=keys, trunk="outbound"),
        said(AgentAnswered, after + 1, call=call, **agent),
        *(said(LegJoinedBridge, after + 2, call=call, leg=leg, role=role, **room) for leg, role in legs),
        said(CallerHungUp, after + 30, call=call, cause=16),
    ]


async def test_a_busy_number_counts_as_an_attempt_and_waits_for_the_pause_of_the_rule(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell([*gives_up(fields), *gives_up(fields, 2, number="13900002222")])
    await missed_list.take(call_id(), "1001", now=LATER)
    await tell([not_reached("busy", LATER + A_MOMENT)])
    other, line = await missed_list.waiting(now=LATER + A_MOMENT)
    assert (other.call_id, other.not_before) == (call_id(2), None), "those who may be called now come first"
    assert (line.state, line.attempts, line.last_outcome, line.tried_by) == ("open", 1, "busy", "1001")
    assert line.not_before == LATER + PAUSE
    with pytest.raises(CallbackTooEarly):
        await missed_list.take(call_id(), "1002", now=LATER + A_MOMENT)
    await missed_list.take(call_id(), "1002", now=LATER + PAUSE)
    assert {each.attempts for each in await missed_list.waiting(now=LATER + PAUSE)} == {0, 2}


@pytest.mark.parametrize("reason", ["cancelled", "no_desk", "not_allowed", "not_tried"])
async def test_what_rang_nobody_is_no_attempt_and_waits_for_nothing(
    tell: Tell, missed_list: CallbackStore, fields: Fields, reason: str
) -> None:
    await tell(gives_up(fields))
    await missed_list.take(call_id(), "1001", now=LATER)
    await tell([not_reached(reason, LATER + A_MOMENT)])
    (line,) = await missed_list.waiting(now=LATER + A_MOMENT)
    assert (line.state, line.attempts, line.last_outcome, line.not_before) == ("open", 0, reason, None)
    await missed_list.take(call_id(), "1002", now=LATER + A_MOMENT)


async def test_a_late_word_of_an_attempt_before_changes_nothing_of_the_one_that_runs(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    await missed_list.take(call_id(), "1001", now=LATER)
    await tell([not_reached("busy", LATER - A_MOMENT), not_reached("busy", LATER + A_MOMENT, agent="1002")])
    (line,) = await missed_list.waiting(now=LATER + A_MOMENT)
    assert (line.state, line.taken_by) == ("taken", "1001")
    with pytest.raises(CallbackTaken):
        await missed_list.take(call_id(), "1002", now=LATER + A_MOMENT)


async def test_what_was_never_dialled_is_given_back_once_whichever_of_the_two_says_it_first(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    await missed_list.take(call_id(), "1001", now=LATER)
    await missed_list.attempted(call_id(), "1001", "unanswered", now=LATER)
    taken_at = LATER + PAUSE
    await missed_list.take(call_id(), "1001", now=taken_at)
    await missed_list.release(call_id(), "1001", "not_allowed")
    await tell([not_reached("not_allowed", taken_at + A_MOMENT)])
    await missed_list.release(call_id(), "1001", "not_allowed")
    (line,) = await missed_list.waiting(now=taken_at + A_MOMENT)
    assert (line.state, line.attempts) == ("open", 1)


async def test_who_has_called_again_in_vain_since_the_attempt_may_be_called_at_once(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    await missed_list.take(call_id(), "1001", now=LATER)
    await tell([not_reached("unanswered", LATER + A_MOMENT)])
    await tell(gives_up(fields, 2, after=3700))
    (line,) = await missed_list.waiting(now=LATER + 8 * A_MOMENT)
    assert (line.times, line.attempts, line.not_before) == (2, 1, None)
    await missed_list.take(line.call_id, "1002", now=LATER + 8 * A_MOMENT)


async def test_the_agent_corrects_an_answer_that_was_none_and_that_call_does_not_close_it_again(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell([*gives_up(fields), *gives_up(fields, 2, after=60)])
    await missed_list.take(call_id(), "1001", now=LATER)
    story = calls_back(fields, 3, LATER + A_MOMENT)
    await tell(story[:-1])
    assert await missed_list.waiting(now=LATER + 3 * A_MOMENT) == []
    (reached,) = await missed_list.reached_by("1001", now=LATER + 3 * A_MOMENT)
    assert (reached.call_id, reached.state) == (call_id(2), "done")
    with pytest.raises(CallbackDone):
        await missed_list.attempted(reached.call_id, "1002", "unanswered", now=LATER + 3 * A_MOMENT)
    await missed_list.attempted(reached.call_id, "1001", "unanswered", now=LATER + 3 * A_MOMENT)
    await tell(story[-1:])
    (line,) = await missed_list.waiting(now=LATER + 3 * A_MOMENT)
    assert (line.times, line.state, line.last_outcome) == (2, "open", "unanswered")
    again = LATER + PAUSE
    await missed_list.take(call_id(), "1001", now=again)
    await tell(calls_back(fields, 4, again + A_MOMENT))
    assert await missed_list.waiting(now=again + 3 * A_MOMENT) == []


async def test_an_hour_later_nothing_is_corrected_any_more(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    await missed_list.take(call_id(), "1001", now=LATER)
    await tell(calls_back(fields, 3, LATER + A_MOMENT))
    late = LATER + CORRECTED_WITHIN + 2 * A_MOMENT
    assert await missed_list.reached_by("1001", now=late) == []
    with pytest.raises(CallbackDone):
        await missed_list.attempted(call_id(), "1001", "unanswered", now=late)


async def test_the_agent_corrects_a_failure_when_the_caller_was_reached_after_all(
    tell: Tell, missed_list: CallbackStore, fields: Fields
) -> None:
    await tell(gives_up(fields))
    await missed_list.take(call_id(), "1001", now=LATER)
    await tell([not_reached("unanswered", LATER + A_MOMENT)])
    with pytest.raises(CallbackTaken):
        await missed_list.attempted(call_id(), "1002", "reached", now=LATER + 2 * A_MOMENT)
    await missed_list.attempted(call_id(), "1001", "reached", now=LATER + 2 * A_MOMENT)
    assert await missed_list.waiting(now=LATER + 2 * A_MOMENT) == []
    with pytest.raises(CallbackDone):
        await missed_list.take(call_id(), "1002", now=LATER + PAUSE)

"""A call that several agents answer: the first answer ends the caller's wait, the others are their own legs'."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from cti.core import call as calls
from cti.core.events import AgentAnswered, AgentLeft, AgentRang, CallArrived, CallerJoinedQueue, CallEvent
from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName
from storage.project import EventRow, call_of

CALL = CallId("HCdemo-1-1795000000.1")
START = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def arrived() -> CallArrived:
    said = {"number": "", "name": "", "dialled": "12345", "diverted_from": "", "trunk": "test"}
    channel = Channel("PJSIP/test-citizen-0000000a")
    return CallArrived(call_id=CALL, at=at(0), caller_channel=channel, caller_leg=LegId("c"), **said)


def joined(seconds: float, queue: str = "general") -> CallerJoinedQueue:
    return CallerJoinedQueue(call_id=CALL, at=at(seconds), queue=QueueName(queue), position=1)


def answers(agent: str, rings: float, up: float, waited_s: float = 0.0) -> list[CallEvent]:
    who = {"call_id": CALL, "agent": AgentId(agent), "leg": LegId(f"a{agent}"), "queue": QueueName("general")}
    channel = Channel(f"PJSIP/{agent}-0000000b")
    return [
        AgentRang(**who, at=at(rings), channel=channel),
        AgentAnswered(**who, at=at(up), channel=channel, waited_s=waited_s),
    ]


def leaves(agent: str, seconds: float) -> AgentLeft:
    return AgentLeft(call_id=CALL, at=at(seconds), agent=AgentId(agent), leg=LegId(f"a{agent}"), cause=16)


TAKEN_OVER = [arrived(), joined(5), *answers("1001", 8, 12, 7.0), leaves("1001", 60), *answers("1002", 61, 65, 7.0)]


def test_the_first_answer_stays_the_calls_answer_when_a_colleague_takes_it_over() -> None:
    call = calls.replay(TAKEN_OVER)
    assert call is not None
    assert call.talking is not None
    assert (call.talking.agent, call.answered_at, call.waited_s) == ("1002", at(12), 7.0)
    colleague = call.leg_of("a1002")
    assert colleague is not None
    assert colleague.since == at(65), "his own answer is his leg's"


def test_who_waits_again_waits_anew_and_a_later_take_over_counts_no_talk_as_waiting() -> None:
    again = [*TAKEN_OVER, leaves("1002", 100), joined(100, "enterprise"), *answers("1003", 110, 120)]
    call = calls.replay(again)
    assert call is not None
    assert (call.answered_at, call.waited_s) == (at(12), 20.0)
    last = calls.replay([*again, leaves("1003", 200), *answers("1004", 201, 210)])
    assert last is not None
    assert (last.answered_at, last.waited_s) == (at(12), 20.0)


def test_the_stored_call_has_the_same_answer() -> None:
    stored = call_of([row(each) for each in TAKEN_OVER])
    assert (stored.answered_at, stored.wait_s, stored.agent_id) == (at(12), 7.0, "1002")


def row(event: CallEvent) -> EventRow:
    body = {name: value for name, value in asdict(event).items() if name not in {"call_id", "at", "number", "name"}}
    kind = type(event).__name__
    return EventRow(centre_id="demo", node_id="demo-1", at=event.at, kind=kind, call_id=CALL, body=body)

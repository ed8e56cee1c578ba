"""The tables of calls and agents, the diagram drawn from them, and the journal's words."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from cti.core import agent, call, diagram
from cti.core.call import Call, CallState, UnexpectedEvent, begin
from cti.core.codec import UnknownKind, decode, encode
from cti.core.dial_events import DIAL_EVENTS
from cti.core.events import (
    AGENT_EVENTS,
    CALL_EVENTS,
    AgentEvent,
    CallArrived,
    CallEvent,
    RecordingClosed,
    RecordingStarted,
)
from cti.core.ids import AgentId, CallId, Channel, LegId
from cti.core.leg_events import LEG_EVENTS
from cti.core.ports import JournalEntry
from tests.cti.fakes import START, PaperSeal

SAMPLES = {"int": 3, "float": 1.5, "str": "甲", "bool": True}


def sample(kind: type[CallEvent] | type[AgentEvent]) -> Any:
    """An event with every field filled."""
    given: dict[str, Any] = {
        "at": START,
        "call_id": CallId("HC1"),
        "agent": AgentId("1001"),
        "queues": ("general", "甲"),
    }
    return kind(**{f.name: given.get(f.name, SAMPLES.get(str(f.type), f"some {f.name}")) for f in fields(kind)})


def some_call(state: CallState) -> Call:
    return replace(begin(sample(CallArrived)), state=state)


@pytest.mark.parametrize("state", list(CallState))
def test_every_state_of_a_call_has_a_row(state: CallState) -> None:
    assert state in call.TRANSITIONS


@pytest.mark.parametrize("state", list(agent.AgentState))
def test_every_state_of_an_agent_has_a_row(state: agent.AgentState) -> None:
    assert state in agent.TRANSITIONS


def test_nothing_follows_the_end() -> None:
    assert call.TRANSITIONS[CallState.ENDED] == {}


def test_every_state_can_be_reached_and_left() -> None:
    targets = {to for row in call.TRANSITIONS.values() for to in row.values()}
    assert targets | {CallState.ARRIVED} == set(CallState)
    assert all(
        CallState.ENDED in row.values() for state, row in call.TRANSITIONS.items() if state is not CallState.ENDED
    )


@pytest.mark.parametrize("state", list(CallState))
@pytest.mark.parametrize("kind", CALL_EVENTS)
def test_an_event_without_a_place_raises_and_changes_nothing(state: CallState, kind: type[CallEvent]) -> None:
    before = some_call(state)
    if kind in {RecordingStarted, RecordingClosed}:
        assert call.advance(before, sample(kind))[0].state is state
    elif kind in call.TRANSITIONS[state]:
        after, _ = call.advance(before, sample(kind))
        moved = call.TRANSITIONS[state][kind]
        assert after.state in {moved, *call.SETTLES.get(moved, {}).values()}
    else:
        with pytest.raises(UnexpectedEvent):
            call.advance(before, sample(kind))


def test_waiting_is_counted_from_joining() -> None:
    joined = replace(some_call(CallState.QUEUED), joined_at=START)
    assert call.waited(joined, START + timedelta(seconds=14.5)) == 14.5


@pytest.mark.parametrize("kind", [*CALL_EVENTS, *LEG_EVENTS, *AGENT_EVENTS, *DIAL_EVENTS])
def test_every_event_survives_the_journal(kind: type[CallEvent] | type[AgentEvent]) -> None:
    event = sample(kind)
    assert decode(encode(event, PaperSeal()), PaperSeal()) == event


def test_a_number_and_a_name_are_never_in_the_journal_in_clear() -> None:
    arrived = CallArrived(
        call_id=CallId("HC1"), at=START, caller_channel=Channel("PJSIP/x-1"), caller_leg=LegId("1"),
        number="13800000001", name="张三", dialled="12345", diverted_from="", trunk="test",
    )  # fmt: skip
    entry = encode(arrived, PaperSeal())
    assert "13800000001" not in repr(entry)
    assert "张三" not in repr(entry)
    assert entry.body["number_hash"] == "hash-11"


def test_a_row_of_a_later_version_is_named() -> None:
    entry = JournalEntry(kind="CallSungTo", at=START, call_id="HC1", agent_id=None, body={})
    with pytest.raises(UnknownKind, match="CallSungTo"):
        decode(entry, PaperSeal())


def test_the_diagrams_are_drawn_from_the_tables() -> None:
    drawn = diagram.of_calls()
    assert "[*] --> arrived" in drawn
    assert "talking --> held: CallerHeld" in drawn
    assert "ended --> [*]" in drawn
    assert "wrap_up --> ready: AgentLost, AgentBecameReady" in diagram.of_agents()

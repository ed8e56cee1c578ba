"""Six recorded calls, each against the ground truth that was measured while it was made."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti.core.call import Call, CallState, replay
from cti.core.codec import decode, encode
from cti.core.events import AgentAnswered, AgentLeft, AgentLost, AgentRang, CallerHeld, CallerRetrieved, CallEvent
from tests.cti.fakes import PaperSeal, house
from tests.cti.recorded import STREAMS, messages, one, seconds, told

LATEST_S = 0.5


def kinds(events: tuple[CallEvent, ...]) -> list[str]:
    return [type(event).__name__ for event in events]


def only(events: tuple[CallEvent, ...], kind: type[CallEvent]) -> list[float]:
    return [seconds(event) for event in events if isinstance(event, kind)]


def test_caller_who_hangs_up_in_the_menu_never_waited() -> None:
    call, events = one("ivr_abandon")
    assert kinds(events) == ["CallArrived", "RecordingStarted", "LegHungUp", "CallerHungUp"]
    assert (call.state, call.queue, call.waited_s, call.abandoned) == (CallState.ENDED, None, None, False)
    assert seconds(events[-1]) == pytest.approx(1.216, abs=0.08)


def test_caller_who_gives_up_in_the_queue_is_abandoned_and_the_ringing_desk_is_released() -> None:
    call, events = one("queue_abandon")
    assert kinds(events) == [
        "CallArrived",
        "RecordingStarted",
        "MenuKeyPressed",
        "CallerJoinedQueue",
        "AgentRang",
        "LegHungUp",
        "CallerAbandoned",
        "CallerLeftQueue",
        "AgentDidNotAnswer",
        "CallerHungUp",
    ]
    assert call.abandoned
    assert call.end == "abandoned"
    assert call.ringing == ()
    assert call.waited_s == pytest.approx(3.012 - 1.01, abs=0.05)


@pytest.mark.parametrize(("stream", "answered"), [("agent_hangs_up", 1.008), ("allsoftmix_agent_hangs_up", 1.030)])
def test_agent_who_hangs_up_first_ends_the_talk_and_the_caller_hears_good_bye(stream: str, answered: float) -> None:
    call, events = one(stream)
    assert only(events, AgentAnswered) == [pytest.approx(answered, abs=0.05)]
    assert only(events, AgentLeft) == [pytest.approx(4.02, abs=0.05)]
    assert [event.cause for event in events if isinstance(event, AgentLeft)] == [16]
    assert not only(events, AgentLost)
    assert seconds(events[-1]) == pytest.approx(5.03, abs=0.06)
    assert call.end == "cause 16"


def test_hold_and_retrieve_are_seen_when_they_happened() -> None:
    call, events = one("hold_retrieve")
    assert only(events, CallerHeld) == [pytest.approx(2.53, abs=0.05)]
    assert only(events, CallerRetrieved) == [pytest.approx(5.53, abs=0.05)]
    assert only(events, AgentLeft) == [pytest.approx(7.54, abs=0.05)]
    assert call.state is CallState.ENDED


def test_caller_of_a_killed_browser_waits_and_talks_to_the_same_agent_again() -> None:
    call, events = one("browser_killed")
    assert only(events, AgentAnswered) == [pytest.approx(1.136, abs=0.05), pytest.approx(7.282, abs=0.05)]
    assert [event.agent for event in events if isinstance(event, AgentAnswered)] == ["web1003", "web1003"]
    assert only(events, AgentLost) == [pytest.approx(3.677, abs=0.05)]
    assert next(event.cause for event in events if isinstance(event, AgentLeft)) == 44
    assert call.waited_s == pytest.approx(7.28 - 5.175, abs=0.05)
    assert len({event.leg for event in events if isinstance(event, AgentRang)}) == 2
    assert seconds(events[-1]) == pytest.approx(9.79, abs=0.05)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_message_twice_is_the_same_call(stream: str) -> None:
    doubled = [message for message in messages(stream) for _ in range(2)]
    assert told(doubled) == told(messages(stream))


@pytest.mark.parametrize("stream", STREAMS)
def test_the_whole_stream_again_is_the_same_call(stream: str) -> None:
    assert told([*messages(stream), *messages(stream)]) == told(messages(stream))


@pytest.mark.parametrize("stream", STREAMS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_messages_delivered_late_end_in_the_same_call(stream: str, data: st.DataObject) -> None:
    """Every message is late by up to half a second of its own, so that they overtake one another."""
    given_messages = messages(stream)
    delays = data.draw(st.lists(st.floats(0, LATEST_S), min_size=len(given_messages), max_size=len(given_messages)))
    arrival = [float(each["Timestamp"]) + delay for each, delay in zip(given_messages, delays, strict=True)]
    late = [given_messages[place] for place in sorted(range(len(arrival)), key=arrival.__getitem__)]
    assert [_facts(story.call) for story in told(late).values()] == [_facts(one(stream)[0])]


@pytest.mark.parametrize("stream", STREAMS)
def test_replaying_the_journal_gives_the_same_call(stream: str) -> None:
    call, events = one(stream)
    seal = PaperSeal()
    entries = [encode(event, seal) for event in events]
    random.Random(7).shuffle(entries)
    again = [decode(entry, seal) for entry in sorted(entries, key=lambda entry: entry.at)]
    assert sorted(map(repr, again)) == sorted(map(repr, events))
    assert _facts(replay(event for event in again if isinstance(event, CallEvent))) == _facts(call)


@pytest.mark.parametrize("stream", STREAMS)
async def test_the_engine_tells_the_same_story_and_journals_it_before_anything_else(stream: str) -> None:
    async with house() as home:
        await home.hear(*messages(stream))
        (story,) = home.engine.stories.values()
        assert story.call == one(stream)[0]
        assert [kind for kind in home.journal.kinds if not kind.startswith("AgentLine")] == kinds(one(stream)[1])


FACTS = ("state", "end", "abandoned", "queue", "joined_at", "answered_at", "waited_s", "ringing", "talking")


def _facts(call: Call | None) -> dict[str, object]:
    return {name: getattr(call, name) for name in FACTS}

"""A recorded stream through translate and the call model alone: no engine, no journal, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from cti.asterisk.born import births
from cti.asterisk.message import Message, call_id_of
from cti.asterisk.names import agent_of
from cti.asterisk.recorded import ZERO
from cti.asterisk.recorded_snapshots import UNSAID, Seen, later_told, steps
from cti.asterisk.translate import time_of
from cti.asterisk.translate_recorded import READ, SENT, events_of
from cti.core.call import Call, CallState, UnexpectedEvent
from cti.core.events import AgentAnswered, CallArrived, CallCut, CallerHungUp, CallEvent
from cti.core.ids import CallId, LegId
from cti.core.leg import CALLER, Leg, LegState
from cti.core.leg_events import LegAnswered, LegHeld, LegJoinedBridge, LegRang, LegRetrieved
from cti.core.reconcile import arrivals, catch_up, missing
from cti.core.reconcile_legs import LOST_SIGHT, legs_caught_up
from cti.core.snapshot import LiveLeg, Snapshot
from cti.core.story import Story
from cti.core.verdict import RESTARTED, UNSEEN_END

Stories = dict[CallId, Story]


def stories_of(messages: Iterable[Message]) -> Stories:
    """The calls that a stream tells; its messages are in the order of their stamps."""
    messages = list(messages)
    stories: Stories = {}
    told, born = later_told(messages), births(messages)
    unheard: datetime | None = None
    for step in steps(messages):
        if isinstance(step, Seen):
            _look(stories, step, told, born)
            unheard = _middle(step)
        elif step.get("Event") in READ:
            for call_id in _calls_meant(step, stories):
                _hear(stories, call_id, step, unheard)
    return stories


def _middle(seen: Seen) -> datetime:
    """What happened unseen happened here, unless there is a better sign."""
    return seen.last + (seen.snapshot.at - seen.last) / 2


def _calls_meant(message: Message, stories: Stories) -> list[CallId]:
    if message.get("Event") == SENT:  # an action names a channel only: it is the call's that has this channel
        channel = message.get("Channel", "")
        return [
            call_id
            for call_id, story in stories.items()
            if story.call and any(leg.channel == channel for leg in story.call.legs)
        ]
    call_id = call_id_of(message)
    return [CallId(call_id)] if call_id else []


def _hear(stories: Stories, call_id: CallId, message: Message, unheard: datetime | None) -> None:
    story = stories.get(call_id, Story())
    for event in events_of(message, story.call_at(time_of(message, ZERO)), ZERO):
        if unheard is not None and isinstance(event, LegRetrieved):
            _held_unheard(stories, event, unheard)
        _tell(stories, event)


def _held_unheard(stories: Stories, event: LegRetrieved, unheard: datetime) -> None:
    """A phone ends a hold that nobody heard begin, and that no list shows."""
    call = stories[event.call_id].call if event.call_id in stories else None
    leg = call.leg_of(event.leg) if call else None
    if leg is not None and not leg.held:
        _tell(stories, LegHeld(call_id=event.call_id, at=unheard, leg=event.leg))


def _tell(stories: Stories, event: CallEvent) -> None:
    story = stories.get(event.call_id, Story())
    if not story.knows(event):
        with suppress(UnexpectedEvent):
            stories[event.call_id] = story.with_event(event)[0]


def _look(stories: Stories, seen: Seen, told: dict[LegId, datetime], born: dict[LegId, datetime]) -> None:
    """What must have happened unseen. Without a better sign it is put in the middle of the silence."""
    seen = replace(seen, anew=seen.anew or (seen.lost and not _any_left(seen, stories)))
    snapshot = _with_still_told(seen, stories, told)
    between = _middle(seen)
    for arrived in arrivals(snapshot, set(stories)):
        _tell(stories, _dated(arrived, seen, between, born))
    for call_id in missing(snapshot, [story.call for story in stories.values() if story.call]):
        _tell(stories, _end_of(call_id, seen, between))
    for call_id in sorted({leg.call_id for leg in snapshot.legs} & set(stories)):
        _catch_up(stories, call_id, replace(snapshot, at=between), seen, born)


def _any_left(seen: Seen, stories: Stories) -> bool:
    """Whether any leg of before is there: with none, Asterisk itself must have gone with the session."""
    there = {leg.leg for leg in seen.snapshot.legs}
    return any(leg.leg in there for story in stories.values() if story.call for leg in story.call.legs)


def _end_of(call_id: CallId, seen: Seen, between: datetime) -> CallEvent:
    """Lost with its Asterisk; else ended while nobody was looking, or left by its caller while others stay."""
    if seen.anew:
        return CallCut(call_id=call_id, at=seen.last, reason=RESTARTED)
    if any(leg.call_id == call_id and leg.role for leg in seen.snapshot.legs):
        return CallerHungUp(call_id=call_id, at=between, cause=LOST_SIGHT)
    return CallCut(call_id=call_id, at=between, reason=UNSEEN_END)


def _catch_up(stories: Stories, call_id: CallId, snapshot: Snapshot, seen: Seen, born: dict[LegId, datetime]) -> None:
    for _ in range(3):  # gone legs, the queue, the talk: each judged on the call as it then is
        call = stories[call_id].call
        events = catch_up(_as_known(snapshot, call), call) if call else []
        if not events:
            break
        _tell(stories, _dated(events[0], seen, snapshot.at, born))
    call = stories[call_id].call
    for event in legs_caught_up(_as_known(snapshot, call), call) if call else ():
        _tell(stories, _dated(event, seen, snapshot.at, born))


def _as_known(snapshot: Snapshot, call: Call | None) -> Snapshot:
    """Where a snapshot does not say in which bridge a leg is, it is where it was."""
    bridges = {leg.leg: leg.bridge for leg in call.legs} if call else {}
    legs = (replace(leg, bridge=bridges.get(leg.leg, "")) if leg.bridge == UNSAID else leg for leg in snapshot.legs)
    return replace(snapshot, legs=tuple(legs))


def _with_still_told(seen: Seen, stories: Stories, told: dict[LegId, datetime]) -> Snapshot:
    """A leg that the lists leave out and the stream goes on telling of is as it was: its end is on its way."""
    snapshot = seen.snapshot
    there = {leg.leg for leg in snapshot.legs}
    late = (
        _as_it_was(story.call.id, leg)
        for story in stories.values()
        if story.call and story.call.state is not CallState.ENDED
        for leg in story.call.legs
        if leg.lives and leg.leg not in there and told.get(leg.leg, ZERO) > snapshot.at
    )
    return snapshot if seen.anew else replace(snapshot, legs=(*snapshot.legs, *late))


def _as_it_was(call_id: CallId, leg: Leg) -> LiveLeg:
    return LiveLeg(
        call_id=call_id,
        leg=leg.leg,
        channel=leg.channel,
        agent=agent_of(leg.channel),
        is_caller=leg.role == CALLER,
        is_up=leg.state is LegState.UP,
        is_held=leg.held,
        bridge=leg.bridge,
        number="",
        name="",
        since=ZERO,
        role=leg.role,
        in_room=leg.in_room,
        muted=leg.muted,
    )


def _dated(event: CallEvent, seen: Seen, at: datetime, born: dict[LegId, datetime]) -> CallEvent:
    """A leg that was made during the silence was made when its Uniqueid says."""
    if isinstance(event, AgentAnswered | LegRang | LegAnswered | LegJoinedBridge):
        birth = born.get(event.leg)
    elif isinstance(event, CallArrived):
        birth = born.get(event.caller_leg)
    else:
        return event
    if birth is not None and seen.last <= birth <= seen.snapshot.at:
        return replace(event, at=birth)
    return replace(event, at=at)

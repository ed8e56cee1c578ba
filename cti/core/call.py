"""What a call is, and the table of how events move it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cti.core.commands import CloseRecording, Command, HideCallerCard, ShowCallerCard
from cti.core.events import (
    AgentAnswered,
    AgentDidNotAnswer,
    AgentLeft,
    AgentLost,
    AgentRang,
    CallArrived,
    CallCut,
    CallerAbandoned,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerLeftQueue,
    CallerRetrieved,
    CallEvent,
    FallbackTaken,
    MenuKeyPressed,
    RecordingClosed,
    RecordingStarted,
)
from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName


class UnexpectedEvent(Exception):
    """The event has no place in the table; nothing was changed."""


NORMAL_CLEARING = 16
"""Q.850."""


class CallState(StrEnum):
    ARRIVED = "arrived"
    MENU = "menu"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


WAITING = frozenset({CallState.QUEUED, CallState.RINGING})
IN_CALL = frozenset({CallState.TALKING, CallState.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeg:
    agent: AgentId
    leg: LegId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One conversation with a caller; times are aware UTC."""

    id: CallId
    state: CallState
    arrived_at: datetime
    caller_channel: Channel
    caller_leg: LegId
    number: str = ""
    name: str = ""
    dialled: str = ""
    diverted_from: str = ""
    trunk: str = ""
    queue: QueueName | None = None
    joined_at: datetime | None = None
    answered_at: datetime | None = None
    held_since: datetime | None = None
    ended_at: datetime | None = None
    ringing: tuple[AgentLeg, ...] = ()
    talking: AgentLeg | None = None
    in_room: bool = False
    fallback: bool = False
    abandoned: bool = False
    waited_s: float | None = None
    end: str = ""
    recordings: tuple[RecordingStarted, ...] = ()
    """Those that run now."""


_S = CallState
TRANSITIONS: dict[CallState, dict[type[CallEvent], CallState]] = {
    _S.ARRIVED: {
        CallArrived: _S.ARRIVED,
        MenuKeyPressed: _S.MENU,
        FallbackTaken: _S.MENU,
        CallerJoinedQueue: _S.QUEUED,
        AgentRang: _S.RINGING,
        AgentAnswered: _S.TALKING,
        CallerHungUp: _S.ENDED,
        CallCut: _S.ENDED,
    },
    _S.MENU: {
        MenuKeyPressed: _S.MENU,
        FallbackTaken: _S.MENU,
        CallerJoinedQueue: _S.QUEUED,
        CallerLeftQueue: _S.MENU,
        CallerAbandoned: _S.MENU,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.MENU,
        AgentAnswered: _S.TALKING,
        AgentLost: _S.MENU,
        CallerHungUp: _S.ENDED,
        CallCut: _S.ENDED,
    },
    _S.QUEUED: {
        CallerJoinedQueue: _S.QUEUED,
        CallerLeftQueue: _S.MENU,
        CallerAbandoned: _S.MENU,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.QUEUED,
        AgentAnswered: _S.TALKING,
        FallbackTaken: _S.MENU,
        CallerHungUp: _S.ENDED,
        CallCut: _S.ENDED,
    },
    _S.RINGING: {
        CallerLeftQueue: _S.RINGING,
        CallerAbandoned: _S.MENU,
        AgentRang: _S.RINGING,
        AgentDidNotAnswer: _S.QUEUED,
        AgentAnswered: _S.TALKING,
        CallerHungUp: _S.ENDED,
        CallCut: _S.ENDED,
    },
    _S.TALKING: {
        CallerHeld: _S.HELD,
        AgentDidNotAnswer: _S.TALKING,
        AgentLost: _S.TALKING,
        AgentLeft: _S.MENU,
        CallerHungUp: _S.ENDED,
        CallCut: _S.ENDED,
    },
    _S.HELD: {
        CallerRetrieved: _S.TALKING,
        AgentDidNotAnswer: _S.HELD,
        AgentLost: _S.HELD,
        AgentLeft: _S.MENU,
        CallerHungUp: _S.ENDED,
        CallCut: _S.ENDED,
    },
    _S.ENDED: {},
}
"""MENU is wherever the caller hears prompts: also after an agent left, until the next queue or the end.

Rings and answers without a queue before them are there because that message may be the one that is late.
"""


def begin(event: CallArrived) -> Call:
    """The call that a caller's arrival makes."""
    return Call(
        id=event.call_id,
        state=CallState.ARRIVED,
        arrived_at=event.at,
        caller_channel=event.caller_channel,
        caller_leg=event.caller_leg,
        number=event.number,
        name=event.name,
        dialled=event.dialled,
        diverted_from=event.diverted_from,
        trunk=event.trunk,
    )


def advance(call: Call, event: CallEvent) -> tuple[Call, list[Command]]:
    """The call after `event`, and what must now be done. Raises UnexpectedEvent, changing nothing."""
    if isinstance(event, RecordingStarted | RecordingClosed):
        return _recorded(call, event), []
    event = _meant(call, event)
    try:
        state = TRANSITIONS[call.state][type(event)]
    except KeyError:
        raise UnexpectedEvent(f"{type(event).__name__} while {call.state}") from None
    moved, commands = _changed(replace(call, state=state), event)
    if state is CallState.QUEUED and moved.ringing:
        moved = replace(moved, state=CallState.RINGING)
    return moved, commands


def replay(events: Iterable[CallEvent]) -> Call | None:
    """The call that these events tell, in the order of their times; strays are passed over."""
    call: Call | None = None
    for event in sorted(events, key=lambda each: each.at):
        if call is None:
            call = begin(event) if isinstance(event, CallArrived) else None
            continue
        try:
            call, _ = advance(call, event)
        except UnexpectedEvent:
            continue
    return call


def waited(call: Call, at: datetime) -> float:
    """Seconds since the caller joined the queue: the only way in which waiting is counted."""
    return max(0.0, (at - (call.joined_at or at)).total_seconds())


def _meant(call: Call, event: CallEvent) -> CallEvent:
    """A leg that did answer has left, whatever was believed when its end was told."""
    if isinstance(event, AgentDidNotAnswer) and call.talking and call.talking.leg == event.leg:
        return AgentLeft(call_id=call.id, at=event.at, agent=event.agent, leg=event.leg, cause=NORMAL_CLEARING)
    return event


def _waited(call: Call, event: AgentAnswered | CallerAbandoned) -> float:
    """Counted here too: the event may have been told before the late word that the caller had joined."""
    return round(waited(call, event.at), 3) if call.joined_at else event.waited_s


def _changed(call: Call, event: CallEvent) -> tuple[Call, list[Command]]:
    match event:
        case CallArrived():
            earliest = min(call.arrived_at, event.at)
            return replace(begin(event), arrived_at=earliest, recordings=call.recordings), []
        case FallbackTaken():
            return replace(call, fallback=True), []
        case CallerJoinedQueue():
            return replace(call, queue=event.queue, joined_at=event.at, waited_s=None), []
        case CallerAbandoned():
            return replace(call, abandoned=True, waited_s=_waited(call, event)), []
        case AgentRang():
            leg = AgentLeg(agent=event.agent, leg=event.leg, channel=event.channel)
            shown = ShowCallerCard(call_id=call.id, agent=event.agent)
            return replace(call, ringing=(*call.ringing, leg)), [shown]
        case AgentDidNotAnswer():
            return _stop_ringing(call, [leg for leg in call.ringing if leg.leg == event.leg])
        case AgentAnswered():
            return _answered(call, event)
        case CallerHeld():
            in_room = call.in_room or event.by == "redirect"
            return replace(call, held_since=event.at, in_room=in_room), []
        case CallerRetrieved():
            return replace(call, held_since=None), []
        case AgentLeft():
            return _left(call, event)
        case CallerHungUp():
            return _ended(call, event.at, "abandoned" if call.abandoned else f"cause {event.cause}")
        case CallCut():
            return _ended(call, event.at, event.reason)
        case _:
            return call, []


def _answered(call: Call, event: AgentAnswered) -> tuple[Call, list[Command]]:
    leg = AgentLeg(agent=event.agent, leg=event.leg, channel=event.channel)
    others = [each for each in call.ringing if each.agent != event.agent]
    hidden: list[Command] = [HideCallerCard(call_id=call.id, agent=each.agent) for each in others]
    shown = ShowCallerCard(call_id=call.id, agent=event.agent)
    talking = replace(
        call,
        queue=event.queue or call.queue,
        talking=leg,
        ringing=(),
        answered_at=event.at,
        waited_s=_waited(call, event),
        held_since=None,
        in_room=False,
    )
    return talking, [shown, *hidden]


def _left(call: Call, event: AgentLeft) -> tuple[Call, list[Command]]:
    ended = [each for each in call.recordings if each.leg == event.leg]
    running = tuple(each for each in call.recordings if each.leg != event.leg)
    left = replace(call, talking=None, held_since=None, in_room=False, recordings=running)
    return left, _closings(call, ended)


def _ended(call: Call, at: datetime, end: str) -> tuple[Call, list[Command]]:
    quiet, commands = _stop_ringing(call, call.ringing)
    if call.talking:
        commands.append(HideCallerCard(call_id=call.id, agent=call.talking.agent))
    ended = replace(quiet, ended_at=at, end=end, talking=None, held_since=None, recordings=())
    return ended, commands + _closings(call, call.recordings)


def _stop_ringing(call: Call, legs: Iterable[AgentLeg]) -> tuple[Call, list[Command]]:
    gone = {leg.leg for leg in legs}
    hidden: list[Command] = [
        HideCallerCard(call_id=call.id, agent=leg.agent) for leg in call.ringing if leg.leg in gone
    ]
    return replace(call, ringing=tuple(leg for leg in call.ringing if leg.leg not in gone)), hidden


def _recorded(call: Call, event: RecordingStarted | RecordingClosed) -> Call:
    others = tuple(each for each in call.recordings if each.leg != event.leg)
    if isinstance(event, RecordingStarted):
        return replace(call, recordings=(*others, event))
    return replace(call, recordings=others)


def _closings(call: Call, recordings: Iterable[RecordingStarted]) -> list[Command]:
    return [CloseRecording(call_id=call.id, leg=each.leg, role=each.role, path=each.path) for each in recordings]

"""What a call is, and how events move it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cti.core import emergency as emergencies
from cti.core import threeway as threeways
from cti.core import transfer as transfers
from cti.core.call_table import IN_CALL, SETTLES, TRANSITIONS, WAITING, WITH_AGENT, CallState
from cti.core.commands import CloseRecording, Command, HideCallerCard, ShowCallerCard
from cti.core.company import came_back, nobody_is_left, others_are_there
from cti.core.emergency import Emergency
from cti.core.events import (
    AgentAnswered,
    AgentDidNotAnswer,
    AgentLeft,
    AgentRang,
    CallArrived,
    CallCut,
    CallerAbandoned,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerRetrieved,
    CallEvent,
    FallbackTaken,
    RecordingClosed,
    RecordingStarted,
)
from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName
from cti.core.leg import Leg, first_seen
from cti.core.leg_events import LEG_EVENTS, LegLeft, LegNotReached, RecordingPaused, RecordingResumed
from cti.core.legs import after as legs_after
from cti.core.threeway import ThreeWay
from cti.core.transfer import Transfer

__all__ = ["IN_CALL", "SETTLES", "TRANSITIONS", "WAITING", "WITH_AGENT", "AgentLeg", "Call", "CallState"]


class UnexpectedEvent(Exception):
    """The event has no place in the table; nothing was changed."""


NORMAL_CLEARING = 16
"""Q.850."""


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
    """The first answer: how long a caller waits is counted to it. Later ones are in the agents' legs."""
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
    legs: tuple[Leg, ...] = ()
    """Caller and agent while they live; third parties also after they are gone."""
    threeway: ThreeWay | None = None
    emergency: Emergency | None = None
    transfer: Transfer | None = None
    recording_paused: str = ""
    """The agent's reason; empty while everything is recorded."""
    caller_gone: bool = False
    case_id: str = ""
    """The case that somebody was called back about."""

    def leg_of(self, leg: LegId | str) -> Leg | None:
        return next((each for each in self.legs if each.leg == leg), None)

    def legs_of(self, role: str) -> tuple[Leg, ...]:
        """Those that ring or are up."""
        return tuple(each for each in self.legs if each.role == role and each.lives)

    @property
    def caller(self) -> Leg | None:
        return self.leg_of(self.caller_leg)

    @property
    def operator(self) -> Leg | None:
        """The operator's leg of the last emergency, once there is one."""
        return self.leg_of(self.emergency.leg) if self.emergency and self.emergency.leg else None


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
        case_id=event.case_id,
        legs=tuple(leg for leg in (first_seen(event),) if leg is not None),
    )


def advance(call: Call, event: CallEvent) -> tuple[Call, list[Command]]:
    """The call after `event`, and what must now be done. Raises UnexpectedEvent, changing nothing."""
    if isinstance(event, RecordingStarted | RecordingClosed):
        return _recorded(call, event), []
    if isinstance(event, LEG_EVENTS):
        return _settled(*_told(call, event), event)
    event = _meant(call, event)
    try:
        state = TRANSITIONS[call.state][type(event)]
    except KeyError:
        raise UnexpectedEvent(f"{type(event).__name__} while {call.state}") from None
    moved, commands = _changed(replace(call, state=state), event)
    moved = replace(
        moved,
        legs=legs_after(moved.legs, moved.caller_leg, event),
        threeway=threeways.advance(moved.threeway, event) or moved.threeway,
        emergency=emergencies.advance(moved.emergency, event) or moved.emergency,
    )
    return _settled(moved, commands, event)


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
    if call.answered_at and call.joined_at and call.waited_s is not None:
        return call.waited_s  # a colleague takes the caller over: no queue since the last answer
    return round(waited(call, event.at), 3) if call.joined_at else event.waited_s


def _changed(call: Call, event: CallEvent) -> tuple[Call, list[Command]]:
    match event:
        case CallArrived():
            earliest = min(call.arrived_at, event.at)
            return replace(begin(event), arrived_at=earliest, recordings=call.recordings, legs=call.legs), []
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
            return _caller_gone(call, event)
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
        answered_at=call.answered_at or event.at,
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


def _caller_gone(call: Call, event: CallerHungUp) -> tuple[Call, list[Command]]:
    own = [each for each in call.recordings if each.leg == call.caller_leg]
    running = tuple(each for each in call.recordings if each.leg != call.caller_leg)
    end = "abandoned" if call.abandoned else f"cause {event.cause}"
    return replace(call, caller_gone=True, held_since=None, end=end, recordings=running), _closings(call, own)


def _ended(call: Call, at: datetime, end: str) -> tuple[Call, list[Command]]:
    quiet, commands = _stop_ringing(call, call.ringing)
    if call.talking:
        commands.append(HideCallerCard(call_id=call.id, agent=call.talking.agent))
    ended = replace(quiet, ended_at=at, end=end, talking=None, held_since=None, recordings=())
    return ended, commands + _closings(call, call.recordings)


def _told(call: Call, event: CallEvent) -> tuple[Call, list[Command]]:
    """A word about another party: each of the tables takes of it what means something there."""
    told = replace(
        call,
        legs=legs_after(call.legs, call.caller_leg, event),
        threeway=threeways.advance(call.threeway, event) or call.threeway,
        emergency=emergencies.advance(call.emergency, event) or call.emergency,
        transfer=transfers.advance(call.transfer, event) or call.transfer,
    )
    told = replace(told, emergency=emergencies.settled(told.emergency, told.operator))
    match event:
        case RecordingPaused():
            return replace(told, recording_paused=event.reason or "paused"), []
        case RecordingResumed():
            return replace(told, recording_paused=""), []
        case LegLeft() | LegNotReached():
            ended = [each for each in call.recordings if each.leg == event.leg]
            running = tuple(each for each in call.recordings if each.leg != event.leg)
            return replace(told, recordings=running), _closings(call, ended)
        case _:
            return told, []


def _settled(call: Call, commands: list[Command], event: CallEvent) -> tuple[Call, list[Command]]:
    """The call where it stays, given what its legs show."""
    match call.state:
        case CallState.QUEUED if call.ringing:
            return replace(call, state=CallState.RINGING), commands
        case CallState.MENU if others_are_there(call):
            return replace(call, state=CallState.ROOM), commands
        case CallState.ROOM if not others_are_there(call):
            return replace(call, state=CallState.MENU), commands
        case CallState.TALKING if isinstance(event, AgentAnswered) and came_back(call):
            return replace(call, state=CallState.HELD, held_since=event.at, in_room=True), commands
        case CallState.CALLER_GONE if nobody_is_left(call):
            ended, more = _ended(replace(call, state=CallState.ENDED), event.at, call.end)
            return ended, commands + more
        case _:
            return call, commands


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

"""What must have happened unseen, judged from a snapshot: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cti.core.agent_state import Agent, AgentState
from cti.core.call import IN_CALL, NORMAL_CLEARING, WAITING, WITH_AGENT, Call, CallState, waited
from cti.core.events import (
    AgentAnswered,
    AgentDidNotAnswer,
    AgentLeft,
    AgentRang,
    CallArrived,
    CallCut,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerRetrieved,
    CallEvent,
    MenuKeyPressed,
    RecordingClosed,
    RecordingStarted,
)
from cti.core.ids import CallId, QueueName
from cti.core.leg import AGENT, CALLER
from cti.core.leg_events import LegAnswered, LegJoinedBridge, LegLeft, LegLeftBridge, LegNotReached, LegRang
from cti.core.ports import EndedRecording
from cti.core.reconcile_legs import LOST_SIGHT
from cti.core.snapshot import LiveLeg, Snapshot

STAMP_NEAR = timedelta(seconds=3)
"""Further apart, the stamp in the id is not of this clock."""

OVER = (AgentLeft, AgentDidNotAnswer, LegLeft, LegLeftBridge, LegNotReached)
OF_CALLER = (CallArrived, MenuKeyPressed, CallerJoinedQueue, AgentRang, AgentAnswered)
ALIVE = (AgentRang, AgentAnswered, LegRang, LegAnswered, LegJoinedBridge)

__all__ = ["LOST_SIGHT", "arrivals", "astray", "catch_up", "ended_with", "is_outdated", "lives_on", "missing"]
__all__ += ["stranded", "unclosed"]


def arrivals(snapshot: Snapshot, known: set[CallId]) -> list[CallArrived]:
    """Callers who are there and of whom neither memory nor journal knows."""
    return [
        CallArrived(
            call_id=leg.call_id,
            at=_begun(leg),
            caller_channel=leg.channel,
            caller_leg=leg.leg,
            number=leg.number,
            name=leg.name,
            dialled="",
            diverted_from="",
            trunk="",
        )
        for leg in snapshot.legs
        if leg.is_caller and leg.call_id not in known
    ]


def _begun(leg: LiveLeg) -> datetime:
    """The switch tells ages in whole seconds, up to one too young; the call id holds the second of its birth."""
    stamp = leg.call_id.rpartition("-")[2].partition(".")[0]
    if not (stamp.isdigit() and len(stamp) < 12):
        return leg.since
    born = datetime.fromtimestamp(int(stamp), UTC)
    return born if timedelta(0) <= leg.since - born <= STAMP_NEAR else leg.since


def missing(snapshot: Snapshot, calls: list[Call]) -> list[CallId]:
    """Live calls whose caller's leg is not there: cut, unless their hang-up is still on its way.

    Once an emergency was pressed, staff and operator keep the call alive without the caller.
    """
    there = {leg.leg for leg in snapshot.legs}
    kept = {leg.call_id for leg in snapshot.legs if not leg.is_caller and leg.role}
    return [
        call.id
        for call in calls
        if call.state is not CallState.ENDED
        and call.caller_leg not in there
        and not (call.emergency is not None and call.id in kept)
        and call.arrived_at < snapshot.at
    ]


def lives_on(events: Iterable[CallEvent], since: datetime) -> bool:
    """Whether the switch told of the caller himself after a look that missed him."""
    return any(
        event.at > since
        and (isinstance(event, OF_CALLER) or (isinstance(event, LegJoinedBridge) and event.role == CALLER))
        for event in events
    )


def ended_with(call: Call | None, event: CallEvent) -> list[CallEvent]:
    """The desks that the end of a call takes with it, told before it, for afterwards the call is closed to them.

    Once an emergency was pressed, the caller's leaving ends nobody's part.
    """
    if call is None or call.state is CallState.ENDED or not isinstance(event, CallerHungUp | CallCut):
        return []
    if isinstance(event, CallerHungUp) and call.emergency is not None:
        return []
    events: list[CallEvent] = [
        AgentDidNotAnswer(call_id=call.id, at=event.at, agent=ring.agent, leg=ring.leg) for ring in call.ringing
    ]
    if call.talking and call.state in WITH_AGENT:
        leg, cause = call.talking, NORMAL_CLEARING if isinstance(event, CallerHungUp) else LOST_SIGHT
        events.append(AgentLeft(call_id=call.id, at=event.at, agent=leg.agent, leg=leg.leg, cause=cause))
    return events


def unclosed(events: Iterable[CallEvent]) -> list[EndedRecording]:
    """What was recorded of a call that is over, but for what has its finished file."""
    events = list(events)
    closed = {event.leg for event in events if isinstance(event, RecordingClosed)}
    begun = {event.leg: event for event in events if isinstance(event, RecordingStarted) and event.leg not in closed}
    return [(each.path, each.call_id, each.leg, each.role) for each in begun.values()]


def stranded(agent: Agent, call: Call | None, at: datetime) -> CallEvent | None:
    """What frees an agent who still seems to be at a call that is over, or that nobody knows any more."""
    if agent.call_id is None or agent.leg is None or (call is not None and call.state is not CallState.ENDED):
        return None
    match agent.state:
        case AgentState.TALKING:
            return AgentLeft(call_id=agent.call_id, at=at, agent=agent.id, leg=agent.leg, cause=LOST_SIGHT)
        case AgentState.RINGING:
            return AgentDidNotAnswer(call_id=agent.call_id, at=at, agent=agent.id, leg=agent.leg)
        case _:
            return None


def is_outdated(event: CallEvent, known: Sequence[CallEvent]) -> bool:
    """Whether a look makes us believe an end of which a later sign of life of that leg is known."""
    leg = getattr(event, "leg", None)
    if leg is None or not isinstance(event, OVER):
        return False
    return any(each.at > event.at and each.leg == leg for each in known if isinstance(each, ALIVE))


def astray(agent: Agent, calls: Iterable[Call]) -> Call | None:
    """The live call that an agent talks in although he is not seen there."""
    if agent.state is AgentState.TALKING:
        return None
    return next((call for call in calls if call.state in WITH_AGENT and _talks_in(agent, call)), None)


def _talks_in(agent: Agent, call: Call) -> bool:
    return call.talking is not None and call.talking.agent == agent.id


def catch_up(snapshot: Snapshot, call: Call) -> list[CallEvent]:
    """What brings a live call's state to where the snapshot shows it; its legs are `legs_caught_up`'s."""
    legs = [leg for leg in snapshot.legs if leg.call_id == call.id]
    caller = next((leg for leg in legs if leg.is_caller), None)
    if caller is None or call.state is CallState.ENDED:
        return []
    agents = [leg for leg in legs if not leg.is_caller and leg.is_up and leg.role in {AGENT, ""}]
    staff = _talking_with(caller, agents, call)
    return [*_gone(snapshot, call, legs), *_queued(snapshot, call, caller), *_talk(snapshot, call, caller, staff)]


def _gone(snapshot: Snapshot, call: Call, legs: list[LiveLeg]) -> list[CallEvent]:
    there = {leg.leg for leg in legs}
    events: list[CallEvent] = [
        AgentDidNotAnswer(call_id=call.id, at=snapshot.at, agent=ring.agent, leg=ring.leg)
        for ring in call.ringing
        if ring.leg not in there
    ]
    if call.talking and call.talking.leg not in there:
        leg = call.talking
        events.append(AgentLeft(call_id=call.id, at=snapshot.at, agent=leg.agent, leg=leg.leg, cause=LOST_SIGHT))
    return events


def _queued(snapshot: Snapshot, call: Call, caller: LiveLeg) -> list[CallEvent]:
    entry = next((each for each in snapshot.waiting if each.leg == caller.leg), None)
    if entry is None:
        return []
    queue = entry.queue or call.queue or QueueName("")
    if call.state in WAITING and call.queue == queue:
        return []
    at = max(entry.joined_at, call.arrived_at) if call.answered_at is None else snapshot.at
    return [CallerJoinedQueue(call_id=call.id, at=at, queue=queue, position=entry.position)]


def _talk(snapshot: Snapshot, call: Call, caller: LiveLeg, staff: LiveLeg | None) -> list[CallEvent]:
    """An answer, a hold or a retrieve that was not seen."""
    if staff is not None and (call.talking is None or call.talking.leg != staff.leg):
        answered = AgentAnswered(
            call_id=call.id,
            at=snapshot.at,
            agent=staff.agent,
            leg=staff.leg,
            channel=staff.channel,
            queue=call.queue or QueueName(""),
            waited_s=round(waited(call, snapshot.at), 3),
        )
        held: list[CallEvent] = [CallerHeld(call_id=call.id, at=snapshot.at)] if caller.is_held else []
        return [answered, *held]
    if call.state is CallState.TALKING and caller.is_held:
        return [CallerHeld(call_id=call.id, at=snapshot.at)]
    if call.state is CallState.HELD and call.in_room and caller.bridge and not caller.is_held:
        return [CallerRetrieved(call_id=call.id, at=snapshot.at)]
    return []


def _talking_with(caller: LiveLeg, staff: list[LiveLeg], call: Call) -> LiveLeg | None:
    """Who shares the caller's bridge; a held caller's agent waits alone in the room."""
    if call.state in IN_CALL and call.talking and call.talking.leg in {leg.leg for leg in staff}:
        return next(leg for leg in staff if call.talking and leg.leg == call.talking.leg)
    for leg in staff:
        if leg.bridge and (leg.bridge == caller.bridge or caller.is_held):
            return leg
    return None

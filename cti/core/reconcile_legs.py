"""What must have happened unseen to the legs of a call, judged from a snapshot: pure."""

from __future__ import annotations

from datetime import datetime

from cti.core.call import Call, CallState
from cti.core.emergency import EmergencyState
from cti.core.events import CallerHungUp, CallEvent
from cti.core.ids import AgentId, LegId
from cti.core.leg import AGENT, CALLER, THIRD_PARTIES, Leg, LegState
from cti.core.leg_events import (
    EmergencyFailed,
    EmergencyReached,
    LegAnswered,
    LegHeld,
    LegJoinedBridge,
    LegLeft,
    LegLeftBridge,
    LegMuted,
    LegNotReached,
    LegRang,
    LegUnmuted,
    SpecialistAccepted,
    SpecialistNotReached,
    SupervisionStarted,
    ThreeWayMerged,
)
from cti.core.snapshot import LiveLeg, Snapshot
from cti.core.threeway import TALKING, ThreeWay, ThreeWayState

LOST_SIGHT = 127
"""Q.850 «interworking, unspecified»: the leg ended while nobody was looking."""
UNSEEN = "dead"


def legs_caught_up(snapshot: Snapshot, call: Call, at: datetime | None = None) -> list[CallEvent]:
    """What brings the legs, the emergency and the three-way of a call to where the snapshot shows them.

    `at` is when it is taken to have happened: the snapshot's own time, unless somebody knows better.
    """
    at = at or snapshot.at
    there = {leg.leg: leg for leg in snapshot.legs if leg.call_id == call.id}
    if not there:
        return []
    legs: list[CallEvent] = [
        *(event for leg in call.legs if leg.lives for event in _gone(call, leg, there, at)),
        *(event for live in there.values() for event in _moved(call, live, at)),
    ]
    if call.state is CallState.ENDED:  # whoever stays behind is still told of
        return legs
    return [
        *_caller_left(call, there, at),
        *legs,
        *_emergency(snapshot, call, there, at),
        *_threeway(snapshot, call, there, at),
    ]


def _caller_left(call: Call, there: dict[LegId, LiveLeg], at: datetime) -> list[CallEvent]:
    """With an emergency pressed, the caller's leg may be gone and the call goes on."""
    if call.caller_gone or call.caller_leg in there or call.emergency is None:
        return []
    return [CallerHungUp(call_id=call.id, at=at, cause=LOST_SIGHT)]


def _gone(call: Call, leg: Leg, there: dict[LegId, LiveLeg], at: datetime) -> list[CallEvent]:
    if leg.leg in there or leg.role == CALLER:
        return []
    if leg.state is LegState.UP:
        return [LegLeft(call_id=call.id, at=at, leg=leg.leg, role=leg.role, cause=LOST_SIGHT)]
    if leg.role == AGENT:
        return []
    return [LegNotReached(call_id=call.id, at=at, leg=leg.leg, role=leg.role, party=leg.party, reason=UNSEEN)]


def _moved(call: Call, live: LiveLeg, at: datetime) -> list[CallEvent]:
    if not live.role:
        return []
    known = call.leg_of(live.leg)
    return [
        *_first_seen(call, live, known, at),
        *_bridged(call, live, known, at),
        *_muted(call, live, known, at),
        *_held(call, live, known, at),
        *_spies(call, live, known, at),
    ]


def _spies(call: Call, live: LiveLeg, known: Leg | None, at: datetime) -> list[CallEvent]:
    """Whether he whispers is not to be seen: he listens at least. One who was seen before was heard to begin."""
    if not live.spies or (known is not None and known.state is LegState.UP):
        return []
    supervisor = AgentId(live.agent)
    return [
        SupervisionStarted(call_id=call.id, at=at, supervisor=supervisor, agent=live.spies, leg=live.leg, mode="listen")
    ]


def _first_seen(call: Call, live: LiveLeg, known: Leg | None, at: datetime) -> list[CallEvent]:
    if live.role not in THIRD_PARTIES:
        return []
    events: list[CallEvent] = []
    if known is None:
        rang = LegRang(call_id=call.id, at=at, leg=live.leg, channel=live.channel, role=live.role, party="")
        events.append(rang)
    if live.is_up and (known is None or known.state is LegState.RINGING):
        party = known.party if known else ""
        events.append(LegAnswered(call_id=call.id, at=at, leg=live.leg, role=live.role, party=party))
    return events


def _bridged(call: Call, live: LiveLeg, known: Leg | None, at: datetime) -> list[CallEvent]:
    before = known.bridge if known else ""
    if before == live.bridge:
        return []
    if not live.bridge:
        return [LegLeftBridge(call_id=call.id, at=at, leg=live.leg, role=live.role, bridge=before)]
    joined = LegJoinedBridge(
        call_id=call.id,
        at=at,
        leg=live.leg,
        role=live.role,
        channel=live.channel,
        bridge=live.bridge,
        room=live.in_room,
    )
    return [joined]


def _muted(call: Call, live: LiveLeg, known: Leg | None, at: datetime) -> list[CallEvent]:
    if live.muted == bool(known and known.muted) or not live.in_room:
        return []
    kind = LegMuted if live.muted else LegUnmuted
    return [kind(call_id=call.id, at=at, leg=live.leg)]


def _held(call: Call, live: LiveLeg, known: Leg | None, at: datetime) -> list[CallEvent]:
    """Put aside by us, which nobody heard. Of the caller's own hold the call itself is told."""
    if live.role == CALLER or not live.is_held or (known is not None and known.held):
        return []
    return [LegHeld(call_id=call.id, at=at, leg=live.leg)]


def _emergency(snapshot: Snapshot, call: Call, there: dict[LegId, LiveLeg], at: datetime) -> list[CallEvent]:
    operators = [leg for leg in there.values() if leg.role == "emergency"]
    known = call.emergency
    up = _reached_unseen(call, [leg for leg in operators if leg.is_up])
    if up is not None:
        leg = call.leg_of(up.leg)
        service = leg.party if leg and leg.party else known.service if known else ""
        route = leg.label if leg else ""
        return [EmergencyReached(call_id=call.id, at=at, service=service, route=route, leg=up.leg)]
    if known is None:
        return []
    if known.state is EmergencyState.TRYING and not operators and call.id not in snapshot.routines:
        return [EmergencyFailed(call_id=call.id, at=at, service=known.service)]
    if known.state is EmergencyState.REACHED and known.leg and known.leg not in there and not call.operator:
        return [LegLeft(call_id=call.id, at=at, leg=known.leg, role="emergency", cause=LOST_SIGHT)]
    return []


def _reached_unseen(call: Call, operators: list[LiveLeg]) -> LiveLeg | None:
    """One who answered while nobody was looking; those of an earlier press may still be there as well."""
    for up in operators:
        leg = call.leg_of(up.leg)
        if leg is None or leg.state is LegState.RINGING or _tries(call, leg):
            return up
    return None


def _tries(call: Call, leg: Leg) -> bool:
    known = call.emergency
    return known is not None and known.state is EmergencyState.TRYING and leg.party in {known.service, ""}


def _threeway(snapshot: Snapshot, call: Call, there: dict[LegId, LiveLeg], at: datetime) -> list[CallEvent]:
    known = call.threeway
    if known is None or known.state is ThreeWayState.ENDED:
        return []
    specialists = [leg for leg in there.values() if leg.role == "specialist"]
    bridged = next((leg for leg in specialists if leg.bridge), None)
    if known.state in TALKING:
        return _merged(call, known, there, bridged, at)
    if bridged is not None:
        accepted = SpecialistAccepted(call_id=call.id, at=at, entry=known.entry, leg=bridged.leg)
        return [accepted, *_merged(call, known, there, bridged, at)]
    if not specialists and call.id not in snapshot.routines:
        return [SpecialistNotReached(call_id=call.id, at=at, entry=known.entry, reason=UNSEEN)]
    return []


def _merged(
    call: Call, known: ThreeWay, there: dict[LegId, LiveLeg], bridged: LiveLeg | None, at: datetime
) -> list[CallEvent]:
    caller = there.get(call.caller_leg)
    together = caller is not None and bridged is not None and caller.bridge == bridged.bridge
    if not together or known.state is ThreeWayState.MERGED:
        return []
    return [ThreeWayMerged(call_id=call.id, at=at, agent=known.agent)]

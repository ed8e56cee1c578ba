"""Our own UserEvents about other parties to events: what the dialplan itself says of a call."""

from __future__ import annotations

from datetime import datetime

from cti.asterisk.message import Message
from cti.asterisk.names import queue_of
from cti.asterisk.translate_legs import LOCAL, leg_held
from cti.core.call import IN_CALL, NORMAL_CLEARING, Call, waited
from cti.core.events import AgentAnswered, AgentDidNotAnswer, AgentLeft, AgentRang, CallEvent
from cti.core.ids import AgentId, Channel, LegId
from cti.core.leg import THIRD_PARTIES, Leg, LegState
from cti.core.leg_events import (
    EmergencyCancelled,
    EmergencyFailed,
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteFailed,
    EmergencyRouteTried,
    LegAnswered,
    LegNotReached,
    LegRang,
    SpecialistAccepted,
    SpecialistNotReached,
    TransferDone,
    TransferFailed,
)


def told_leg(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """HotlineLeg: the dialplan's word about an outward leg; a failure may come from the routine that dialled."""
    role, party, state = message.get("Role", ""), message.get("Party", ""), message.get("State", "")
    leg = _leg_told(message, call, role, party)
    if state == "held":
        return leg_held(message, call, at)
    if role == "agent":
        return _told_agent(message, call, at, leg)
    if role not in THIRD_PARTIES:
        return []
    if state == "ringing":
        return [_rang(message, call, at, leg)]
    if state == "up":
        return [LegAnswered(call_id=call.id, at=at, leg=leg, role=role, party=party)]
    if state == "accepted":
        return [SpecialistAccepted(call_id=call.id, at=at, entry=party, leg=leg)]
    if state == "failed":
        reason = message.get("Reason", "") or "dead"
        return [LegNotReached(call_id=call.id, at=at, leg=leg, role=role, party=party, reason=reason)]
    return []


def _rang(message: Message, call: Call, at: datetime, leg: LegId) -> LegRang:
    return LegRang(
        call_id=call.id,
        at=at,
        leg=leg,
        channel=Channel(message.get("Channel", "")),
        role=message.get("Role", ""),
        party=message.get("Party", ""),
        label=message.get("Label", ""),
    )


def _leg_told(message: Message, call: Call, role: str, party: str) -> LegId:
    """The leg of a HotlineLeg: the one it names, else the channel that told it, else the one that rings there."""
    if message.get("Leg"):
        return LegId(message["Leg"])
    if not message.get("Channel", "").startswith(LOCAL):
        return LegId(message.get("Uniqueid", ""))
    rings = [each for each in call.legs if _is_ring_of(each, role, party)]
    return rings[-1].leg if rings else LegId("")


def _is_ring_of(leg: Leg, role: str, party: str) -> bool:
    return leg.role == role and leg.party == party and leg.state is LegState.RINGING


def _told_agent(message: Message, call: Call, at: datetime, leg: LegId) -> list[CallEvent]:
    """An agent who is rung outside a queue: he comes back to his call, or a colleague takes it over."""
    agent, channel = AgentId(message.get("Party", "")), Channel(message.get("Channel", ""))
    queue = call.queue or queue_of("")
    match message.get("State"):
        case "ringing":
            return [AgentRang(call_id=call.id, at=at, agent=agent, leg=leg, channel=channel, queue=queue)]
        case "up":
            waited_s = round(waited(call, at), 3) if call.answered_at is None else call.waited_s or 0.0
            answered = AgentAnswered(
                call_id=call.id, at=at, agent=agent, leg=leg, channel=channel, queue=queue, waited_s=waited_s
            )
            return [*_replaced(call, leg, at), answered]
        case "failed":
            return [AgentDidNotAnswer(call_id=call.id, at=at, agent=agent, leg=leg)]
        case _:
            return []


def _replaced(call: Call, leg: LegId, at: datetime) -> list[CallEvent]:
    """A call has one agent: the one before hands it over."""
    old = call.talking
    if old is None or old.leg == leg or call.state not in IN_CALL:
        return []
    return [AgentLeft(call_id=call.id, at=at, agent=old.agent, leg=old.leg, cause=NORMAL_CLEARING)]


def told_specialist(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    if message.get("State") != "failed":
        return []
    entry, reason = message.get("Entry", ""), message.get("Reason", "") or "dead"
    return [SpecialistNotReached(call_id=call.id, at=at, entry=entry, reason=reason)]


def told_emergency(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    service, route = message.get("Service", ""), message.get("Route", "")
    agent = AgentId(message.get("Agent", ""))
    match message.get("State"):
        case "pressed":
            trigger = message.get("Trigger", "")
            return [EmergencyPressed(call_id=call.id, at=at, service=service, trigger=trigger, agent=agent)]
        case "trying":
            return [EmergencyRouteTried(call_id=call.id, at=at, service=service, route=route)]
        case "failed-route":
            reason = message.get("Reason", "") or "dead"
            return [EmergencyRouteFailed(call_id=call.id, at=at, service=service, route=route, reason=reason)]
        case "reached":
            leg = _leg_told(message, call, "emergency", service)
            return [EmergencyReached(call_id=call.id, at=at, service=service, route=route, leg=leg)]
        case "failed":
            return [EmergencyFailed(call_id=call.id, at=at, service=service)]
        case "cancelled":
            return [EmergencyCancelled(call_id=call.id, at=at, service=service, agent=agent)]
        case _:
            return []


def told_transfer(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    kind, target = message.get("Kind", ""), message.get("Target", "")
    match message.get("State"):
        case "done":
            return [TransferDone(call_id=call.id, at=at, kind=kind, target=target)]
        case "failed":
            reason = message.get("Reason", "") or "dead"
            return [TransferFailed(call_id=call.id, at=at, kind=kind, target=target, reason=reason)]
        case _:
            return []

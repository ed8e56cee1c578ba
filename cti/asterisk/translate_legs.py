"""AMI messages about bridges, rooms and other parties to events: rows of the one table in `translate.py`."""

from __future__ import annotations

from datetime import datetime

from cti.asterisk.message import ROLE, Message
from cti.asterisk.names import agent_of
from cti.core.call import Call
from cti.core.emergency import EmergencyState
from cti.core.events import CallEvent
from cti.core.ids import AgentId, Channel, LegId
from cti.core.leg import CALLER, ROLES, THIRD_PARTIES
from cti.core.leg_events import (
    EmergencyReached,
    LegHeld,
    LegHungUp,
    LegJoinedBridge,
    LegLeft,
    LegLeftBridge,
    LegMuted,
    LegNotReached,
    LegRetrieved,
    LegUnmuted,
    SupervisionEnded,
    SupervisionStarted,
    ThreeWayMerged,
)
from cti.core.threeway import ThreeWayState

OLD_ROLES = {"citizen": CALLER}
"""What the recorded streams say."""
LOCAL = "Local/"
"""A Local channel carries out a routine: it is nobody's leg."""
HELD_LEG_CONTEXT = "hl-hold-leg"
DEVICE_GAVE_UP = "1"
"""SoftHangupRequest of the channel driver itself, with no word from the phone: its sound had stopped."""
UP = "6"
"""ChannelState of a channel that was answered."""
REASONS = {17: "busy", 21: "refused", 16: "cancelled", 18: "unanswered", 19: "unanswered", 102: "unanswered"}
"""Q.850 cause of a leg that was never answered; any other is `dead`. The dialplan may say it better."""
SPY_KEYS = {"4": "listen", "5": "whisper", "6": "barge"}
"""The keys of ChanSpy(…d…)."""


def role_of(message: Message) -> str:
    """Whose leg a message is about; empty for announcers, routines and what is no leg of ours."""
    role = message.get(ROLE, "")
    role = OLD_ROLES.get(role, role)
    return role if role in ROLES and not message.get("Channel", "").startswith(LOCAL) else ""


def joined_bridge(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    role = role_of(message)
    if not role:
        return []
    joined = LegJoinedBridge(
        call_id=call.id,
        at=at,
        leg=LegId(message.get("Uniqueid", "")),
        role=role,
        channel=Channel(message.get("Channel", "")),
        bridge=message.get("BridgeUniqueid", ""),
        room=message.get("BridgeCreator") == "ConfBridge",
    )
    return [joined, *_merged(call, joined)]


def _merged(call: Call, joined: LegJoinedBridge) -> list[CallEvent]:
    """Caller and specialist have come to share a bridge."""
    threeway = call.threeway
    if threeway is None or threeway.state is not ThreeWayState.CONSULTING or threeway.leg is None:
        return []
    other = call.leg_of(threeway.leg if joined.role == CALLER else call.caller_leg)
    if other is None or other.bridge != joined.bridge or joined.leg not in {call.caller_leg, threeway.leg}:
        return []
    return [ThreeWayMerged(call_id=call.id, at=joined.at, agent=threeway.agent)]


def left_bridge(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    role = role_of(message)
    if not role:
        return []
    leg, bridge = LegId(message.get("Uniqueid", "")), message.get("BridgeUniqueid", "")
    return [LegLeftBridge(call_id=call.id, at=at, leg=leg, role=role, bridge=bridge)]


def muted(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    leg = LegId(message.get("Uniqueid", ""))
    if not role_of(message):
        return []
    if message.get("Event") == "ConfbridgeMute":
        return [LegMuted(call_id=call.id, at=at, leg=leg)]
    return [LegUnmuted(call_id=call.id, at=at, leg=leg)]


def spying(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """ChanSpy as the recorded streams used it. Of our own supervisors, who have a name, the dialplan itself tells."""
    leg = LegId(message.get("SpyerUniqueid", ""))
    if _is_named(call, leg):
        return []
    supervisor = agent_of(message.get("SpyerChannel", ""))
    if message.get("Event") == "ChanSpyStop":
        return [SupervisionEnded(call_id=call.id, at=at, supervisor=supervisor, leg=leg)]
    agent = agent_of(message.get("SpyeeChannel", ""))
    started = SupervisionStarted(
        call_id=call.id, at=at, supervisor=supervisor, agent=agent, leg=leg, mode=SPY_KEYS["4"]
    )
    return [started]


def spy_key(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """A supervisor changes from listening to whispering or barging in: only while he spies."""
    mode = SPY_KEYS.get(message.get("Digit", ""))
    if mode is None or role_of(message) != "supervisor":
        return []
    leg, supervisor = LegId(message.get("Uniqueid", "")), agent_of(message.get("Channel", ""))
    if _is_named(call, leg):
        return []
    agent = call.talking.agent if call.talking else AgentId("")
    return [SupervisionStarted(call_id=call.id, at=at, supervisor=supervisor, agent=agent, leg=leg, mode=mode)]


def _is_named(call: Call, leg: LegId) -> bool:
    known = call.leg_of(leg)
    return known is not None and bool(known.party)


def hung_up(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    role = role_of(message)
    return [LegHungUp(call_id=call.id, at=at, leg=LegId(message.get("Uniqueid", "")), role=role)] if role else []


def leg_gone(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """Hangup of any leg but the caller's, whatever the call's state says of it."""
    role, leg = role_of(message), LegId(message.get("Uniqueid", ""))
    cause = int(message["Cause"]) if message.get("Cause", "").isdecimal() else 0
    if message.get("ChannelState") == UP and role:
        return [*_reached_unheard(call, leg, at), LegLeft(call_id=call.id, at=at, leg=leg, role=role, cause=cause)]
    if role not in THIRD_PARTIES:
        return []
    known = call.leg_of(leg)
    if known is not None and not known.lives:  # the dialplan has said why, and knows it better than the cause
        return []
    party = known.party if known else ""
    reason = REASONS.get(cause, "dead")
    return [LegNotReached(call_id=call.id, at=at, leg=leg, role=role, party=party, reason=reason)]


def _reached_unheard(call: Call, leg: LegId, at: datetime) -> list[CallEvent]:
    """An operator who hung up in the moment of his answer was reached, whether the dialplan could say so or not."""
    tried, known = call.emergency, call.leg_of(leg)
    if tried is None or tried.state is not EmergencyState.TRYING or known is None or known.party != tried.service:
        return []
    reached = EmergencyReached(call_id=call.id, at=at, service=tried.service, route=known.label, leg=leg)
    return [reached] if known.role == "emergency" else []


def leg_held(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """Music for a party that we put aside; in hold the caller has a word of his own."""
    leg = LegId(message.get("Uniqueid", ""))
    if message.get("Context") != HELD_LEG_CONTEXT or not role_of(message) or leg == call.caller_leg:
        return []
    known = call.leg_of(leg)
    return [] if known is not None and known.held else [LegHeld(call_id=call.id, at=at, leg=leg)]


def phone_hold(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """A phone's own hold key, whoever's: that leg neither hears nor is heard."""
    leg = LegId(message.get("Uniqueid", ""))
    if not role_of(message):
        return []
    if message.get("Event") == "Hold":
        return [LegHeld(call_id=call.id, at=at, leg=leg)]
    return [LegRetrieved(call_id=call.id, at=at, leg=leg)]

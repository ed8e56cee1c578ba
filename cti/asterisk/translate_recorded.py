"""What only recorded streams say: events our Asterisk is not asked for, and words of their own dialplans."""

from __future__ import annotations

from datetime import datetime

from cti.asterisk.message import ROLE, Message
from cti.asterisk.recorded import TRANSFER_CONTEXT
from cti.asterisk.translate import TRANSLATORS, Translator, translate
from cti.asterisk.translate_legs import DEVICE_GAVE_UP, LOCAL, OLD_ROLES, REASONS, role_of
from cti.core.call import Call, begin
from cti.core.events import CallArrived, CallEvent
from cti.core.ids import AgentId, Channel, LegId
from cti.core.leg import CALLER, THIRD_PARTIES
from cti.core.leg_events import (
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteFailed,
    EmergencyRouteTried,
    LegFellSilent,
    LegMuted,
    LegRang,
    LegUnmuted,
    SpecialistAccepted,
    TransferDone,
)

RTP_TIMEOUT = 2.0
"""rtp_timeout of the recorded configurations, seconds."""


def events_of(message: Message, call: Call | None, now: datetime) -> list[CallEvent]:
    """`translate`, and the rows below."""
    events = translate(message, call, now)
    if call is None and events:
        call = begin(events[0]) if isinstance(events[0], CallArrived) else None
    row = RECORDED.get(message.get("Event", ""))
    if row is None or call is None:
        return events
    at = datetime.fromtimestamp(float(message["Timestamp"]), now.tzinfo)
    return [*events, *row(message, call, at)]


def _rang(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    role = message.get("DestChanVariable(HOTLINE_ROLE)", "")
    if message.get("Context") == TRANSFER_CONTEXT and message.get(ROLE) in {*OLD_ROLES, CALLER}:
        role = "centre"
    channel = message.get("DestChannel", "")
    if role not in THIRD_PARTIES or channel.startswith(LOCAL):
        return []
    leg = LegId(message.get("DestUniqueid", ""))
    party = message.get("Exten", "") if role == "centre" else ""
    return [LegRang(call_id=call.id, at=at, leg=leg, channel=Channel(channel), role=role, party=party)]


def _fell_silent(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    if message.get("Cause") != DEVICE_GAVE_UP or not role_of(message):
        return []
    return [LegFellSilent(call_id=call.id, at=at, leg=LegId(message.get("Uniqueid", "")), silent_s=RTP_TIMEOUT)]


def _sent_away(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """The caller left the bridge for the transfer's own context: a queue, or another centre."""
    if message.get("Context") != TRANSFER_CONTEXT or role_of(message) != CALLER:
        return []
    target = message.get("Exten", "")
    kind = "centre" if target == "city" else "queue"
    return [TransferDone(call_id=call.id, at=at, kind=kind, target=target)]


def _user_event(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    row = _WORDS.get(message.get("UserEvent", ""))
    return row(message, call, at) if row else []


def _pressed(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    service, agent = message.get("Number", ""), call.talking.agent if call.talking else AgentId("")
    return [EmergencyPressed(call_id=call.id, at=at, service=service, trigger="", agent=agent)]


def _tried(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    service, route = message.get("Number", ""), message.get("Route", "")
    return [EmergencyRouteTried(call_id=call.id, at=at, service=service, route=route)]


def _try_result(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    service, route, status = message.get("Number", ""), message.get("Route", ""), message.get("Status", "")
    if status != "SUCCESS":
        reason = "unanswered" if status == "RINGING" else REASONS.get(0, "dead")
        return [EmergencyRouteFailed(call_id=call.id, at=at, service=service, route=route, reason=reason)]
    operators = call.legs_of("emergency")
    leg = operators[-1].leg if operators else LegId("")
    return [EmergencyReached(call_id=call.id, at=at, service=service, route=route, leg=leg)]


def _accepted(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    if message.get("Digit") != "1":
        return []
    return [SpecialistAccepted(call_id=call.id, at=at, entry="", leg=LegId(message.get("Uniqueid", "")))]


def _action(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """MuteAudio changes what is heard and Asterisk tells nobody: the action itself is in the stream."""
    leg = next((leg.leg for leg in call.legs if leg.channel == message.get("Channel")), None)
    if leg is None or message.get("Action") != "MuteAudio" or message.get("Direction") not in {"in", "all"}:
        return []
    kind = LegMuted if message.get("State") == "on" else LegUnmuted
    return [kind(call_id=call.id, at=at, leg=leg)]


RECORDED: dict[str, Translator] = {
    "DialBegin": _rang,
    "SoftHangupRequest": _fell_silent,
    "BridgeLeave": _sent_away,
    "UserEvent": _user_event,
    "__ACTION_SENT__": _action,
}

_WORDS: dict[str, Translator] = {
    "EmergencyPressed": _pressed,
    "EmergencyTry": _tried,
    "EmergencyTryResult": _try_result,
    "SpecialistAnswer": _accepted,
}

SENT = "__ACTION_SENT__"
READ = frozenset(TRANSLATORS) | frozenset(RECORDED)

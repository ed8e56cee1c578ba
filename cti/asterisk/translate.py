"""AMI messages to events of calls: one pure function a message, told what the call is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from cti.asterisk import translate_dials as dials
from cti.asterisk import translate_legs as legs
from cti.asterisk import translate_words as words
from cti.asterisk.message import CALL_ID, ROLE, Message, call_id_of, shown
from cti.asterisk.names import agent_of, queue_for, recording_path
from cti.asterisk.translate_supervise import supervision
from cti.core.call import WAITING, WITH_AGENT, AgentLeg, Call, CallState, begin, waited
from cti.core.dial_events import DialEvent
from cti.core.events import (
    AgentAnswered,
    AgentDidNotAnswer,
    AgentLeft,
    AgentLost,
    AgentRang,
    CallArrived,
    CallerAbandoned,
    CallerHeld,
    CallerHungUp,
    CallerJoinedQueue,
    CallerLeftQueue,
    CallerRetrieved,
    CallEvent,
    FallbackTaken,
    MenuKeyPressed,
    RecordingStarted,
)
from cti.core.ids import AgentId, CallId, Channel, LegId
from cti.core.leg_events import LegFellSilent
from cti.core.ports import Line
from cti.core.reconcile import ended_with
from cti.core.story import Story
from cti.core.transfer import TransferState

CALLER_ROLES = {"caller", "citizen"}
"""`citizen` is what the recorded streams say."""
ON_PURPOSE = {16, 31}
"""Q.850 causes with which an agent's phone ends a call itself."""
BEFORE_TALK = WAITING | {CallState.ARRIVED, CallState.MENU}
HOLD_CONTEXT = "hl-hold"
MENU_KEYS = frozenset("0123456789*#")
Translator = Callable[[Message, Call, datetime], list[CallEvent]]


class ForgedMessage(ValueError):
    """A UserEvent names another call than the channel that sent it."""


def translate(message: Message, call: Call | None, now: datetime) -> list[CallEvent]:
    """What the message says about its call; `call` is None before the arrival. Raises ForgedMessage.

    `now` is the time of receipt: it stands in where the message carries no Timestamp.
    """
    translator = TRANSLATORS.get(message.get("Event", ""))
    if translator is None:
        return []
    at = time_of(message, now)
    if call is not None:
        return translator(message, call, at)
    arrived = _arrival(message, at)
    if arrived is None:
        return []
    return [arrived, *translator(message, begin(arrived), at)]


def time_of(message: Message, now: datetime) -> datetime:
    """When Asterisk raised the event (`timestampevents=yes`), else the time of receipt."""
    stamp = message.get("Timestamp")
    if not stamp:
        return now
    try:
        return datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _arrival(message: Message, at: datetime) -> CallArrived | None:
    """A caller's own leg is seen for the first time: by HotlineArrived, or by anything else it does."""
    if message.get(ROLE) not in CALLER_ROLES or not message.get(CALL_ID):
        return None
    return CallArrived(
        call_id=CallId(message[CALL_ID]),
        at=at,
        caller_channel=Channel(message.get("Channel", "")),
        caller_leg=LegId(message.get("Uniqueid", "")),
        number=shown(message.get("CallerIDNum")),
        name=shown(message.get("CallerIDName")),
        dialled=message.get("Dialled", ""),
        diverted_from=message.get("Diversion", ""),
        trunk=message.get("Trunk", ""),
        case_id=dials.case_of(message),
    )


def _user_event(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    told = _USER_EVENTS.get(message.get("UserEvent", ""))
    if told is None:
        return []
    if message.get("CallId", call_id_of(message)) != call_id_of(message):
        raise ForgedMessage(message.get("UserEvent", ""))
    return told(message, call, at)


def _hotline_arrived(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """Completes an arrival that was inferred from an earlier message."""
    if call.state is not CallState.ARRIVED or call.dialled or not message.get("Dialled"):
        return []
    arrived = _arrival(message, call.arrived_at)
    return [arrived] if arrived else []


def _fallback(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    return [FallbackTaken(call_id=call.id, at=at, reason=message.get("Reason", ""))]


def _agent_end(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """The agent part ended while the caller stays; anything but a normal cause is a loss."""
    if _number(message.get("Cause")) in ON_PURPOSE:
        return []
    return [AgentLost(call_id=call.id, at=at, agent=AgentId(message.get("Agent", "")))]


def _agent_lost(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    return [AgentLost(call_id=call.id, at=at, agent=AgentId(message.get("Agent", "")))]


def _key(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """Keys count in the menu only: later ones may be a caller's card number."""
    key = message.get("Digit", "")
    if message.get("Uniqueid") != call.caller_leg:
        return legs.spy_key(message, call, at)
    in_menu = call.state in {CallState.ARRIVED, CallState.MENU} and call.answered_at is None
    if not in_menu or key not in MENU_KEYS:
        return []
    return [MenuKeyPressed(call_id=call.id, at=at, key=key)]


def _joined(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    queue = queue_for(message.get("Queue", ""), call.queue)
    waits = call.state in WAITING and call.queue == queue and not _comes_back(call)
    if waits or call.state is CallState.ENDED:
        return []
    position = int(_number(message.get("Position")) or 0)
    return [*_agent_gone(call, at), CallerJoinedQueue(call_id=call.id, at=at, queue=queue, position=position)]


def _comes_back(call: Call) -> bool:
    """A colleague's phone that rang outside any queue was not answered: the caller joins the queue anew."""
    sent = call.transfer
    if sent is None or sent.state is not TransferState.FAILED or sent.since is None or call.joined_at is None:
        return False
    return sent.since > call.joined_at


def _left_queue(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    if call.state not in WAITING and not call.abandoned:
        return []
    return [CallerLeftQueue(call_id=call.id, at=at, queue=queue_for(message.get("Queue", ""), call.queue))]


def _abandoned(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    if call.state not in BEFORE_TALK or call.abandoned or call.answered_at:
        return []
    queue = queue_for(message.get("Queue", ""), call.queue)
    return [CallerAbandoned(call_id=call.id, at=at, queue=queue, waited_s=round(waited(call, at), 3))]


def _agent_called(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """Repeats for each ring of a leg: told once a leg."""
    leg = LegId(message.get("DestUniqueid", ""))
    if call.state not in BEFORE_TALK or leg in {each.leg for each in call.ringing}:
        return []
    return [
        AgentRang(
            call_id=call.id,
            at=at,
            agent=agent_of(message.get("Interface", "")),
            leg=leg,
            channel=Channel(message.get("DestChannel", "")),
            queue=queue_for(message.get("Queue", ""), call.queue),
        )
    ]


def _agent_connected(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    leg = LegId(message.get("DestUniqueid", ""))
    if call.state is CallState.ENDED or (call.talking and call.talking.leg == leg):
        return []
    answered = AgentAnswered(
        call_id=call.id,
        at=at,
        agent=agent_of(message.get("Interface", "")),
        leg=leg,
        channel=Channel(message.get("DestChannel", "")),
        queue=queue_for(message.get("Queue", ""), call.queue),
        waited_s=round(waited(call, at), 3),
    )
    return [*_agent_gone(call, at), answered]


def _no_answer(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """The queue's own word: the desk rang for as long as it may, or turned the call down."""
    return _ring_over(call, message.get("DestUniqueid", ""), at, missed=True)


def _hangup(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    leg, cause = message.get("Uniqueid", ""), _number(message.get("Cause")) or 0
    if leg == call.caller_leg:
        return _caller_gone(call, at, cause)
    left = legs.leg_gone(message, call, at)
    if call.talking and call.talking.leg == leg and call.state in WITH_AGENT:
        return [_leaving(call, call.talking, at, cause), *left]
    return [*_ring_over(call, leg, at), *left]


def _caller_gone(call: Call, at: datetime, cause: int) -> list[CallEvent]:
    """The caller's end is the call's end: it ends every leg that is still there; not once an emergency was pressed."""
    if call.state in {CallState.ENDED, CallState.CALLER_GONE}:
        return []
    gone = CallerHungUp(call_id=call.id, at=at, cause=cause)
    return [*ended_with(call, gone), gone]


def _agent_gone(call: Call, at: datetime) -> list[CallEvent]:
    return [_leaving(call, call.talking, at, 16)] if call.talking and call.state in WITH_AGENT else []


def _leaving(call: Call, leg: AgentLeg, at: datetime, cause: int) -> AgentLeft:
    return AgentLeft(call_id=call.id, at=at, agent=leg.agent, leg=leg.leg, cause=cause)


def _ring_over(call: Call, leg: str, at: datetime, *, missed: bool = False) -> list[CallEvent]:
    ring = next((each for each in call.ringing if each.leg == leg), None)
    if ring is None:
        return []
    return [AgentDidNotAnswer(call_id=call.id, at=at, agent=ring.agent, leg=ring.leg, missed=missed)]


def _music(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """Our hold is the dialplan's hold loop; music elsewhere (an empty room, a queue) is none."""
    in_hold = message.get("Context") == HOLD_CONTEXT and message.get("Uniqueid") == call.caller_leg
    if call.state not in {CallState.TALKING, CallState.ROOM} or not in_hold:
        return legs.leg_held(message, call, at)
    return [CallerHeld(call_id=call.id, at=at, by="redirect")]


def _phone_hold(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """The agent's phone itself put the caller on hold."""
    held = legs.phone_hold(message, call, at)
    if call.state is not CallState.TALKING or not call.talking or message.get("Uniqueid") != call.talking.leg:
        return held
    return [*held, CallerHeld(call_id=call.id, at=at, by="phone")]


def _phone_unhold(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    retrieved = legs.phone_hold(message, call, at)
    if call.state is not CallState.HELD or not call.talking or message.get("Uniqueid") != call.talking.leg:
        return retrieved
    return [*retrieved, CallerRetrieved(call_id=call.id, at=at)]


def _in_room(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    held = call.state is CallState.HELD or (call.state is CallState.ROOM and call.caller and call.caller.held)
    if not held or message.get("Uniqueid") != call.caller_leg:
        return []
    return [CallerRetrieved(call_id=call.id, at=at)]


def _recording(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    leg = LegId(message.get("Uniqueid", ""))
    if leg in {each.leg for each in call.recordings} or call.state is CallState.ENDED:
        return []
    role = "caller" if leg == call.caller_leg else legs.role_of(message) or "agent"
    path = recording_path(call.id, leg, role, call.arrived_at)
    return [RecordingStarted(call_id=call.id, at=at, leg=leg, role=role, path=path)]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


TRANSLATORS: dict[str, Translator] = {
    "UserEvent": _user_event,
    "DTMFEnd": _key,
    "QueueCallerJoin": _joined,
    "QueueCallerLeave": _left_queue,
    "QueueCallerAbandon": _abandoned,
    "AgentCalled": _agent_called,
    "AgentConnect": _agent_connected,
    "AgentRingNoAnswer": _no_answer,
    "Hangup": _hangup,
    "Hold": _phone_hold,
    "Unhold": _phone_unhold,
    "MusicOnHoldStart": _music,
    "ConfbridgeJoin": _in_room,
    "MixMonitorStart": _recording,
    "BridgeEnter": legs.joined_bridge,
    "BridgeLeave": legs.left_bridge,
    "ConfbridgeMute": legs.muted,
    "ConfbridgeUnmute": legs.muted,
    "ChanSpyStart": legs.spying,
    "ChanSpyStop": legs.spying,
    "HangupRequest": legs.hung_up,
}
"""A new AMI event is one row here and one recorded fixture."""

_USER_EVENTS: dict[str, Translator] = {
    "HotlineArrived": _hotline_arrived,
    "HotlineFallback": _fallback,
    "HotlineAgentEnd": _agent_end,
    "AgentLost": _agent_lost,
    "HotlineLeg": words.told_leg,
    "HotlineSpecialist": words.told_specialist,
    "HotlineEmergency": words.told_emergency,
    "HotlineTransfer": words.told_transfer,
    "HotlineSupervision": supervision,
}

NODE_EVENTS = frozenset({"ContactStatus", "FullyBooted", "Shutdown"})
SILENCE = "SoftHangupRequest"
"""What is about agents' lines or the node, not about a call."""
WANTED = frozenset(name.encode() for name in (*TRANSLATORS, *NODE_EVENTS, SILENCE))

LONGEST_UP = 10 * 366 * 86_400
"""Seconds; a clock that was set may tell of more."""
THERE = {"Reachable", "NonQualified", "Created", "Updated"}
REMOVED, UNANSWERED = "Removed", "Unreachable"
NO_AGENTS = ("carrier-", "test-")
"""Endpoints of trunks and simulated citizens."""


def line_of(message: Message) -> Line | None:
    """What a ContactStatus says of an agent's line; None when it says nothing of one.

    The user part of the contact is drawn anew by each page that loads: it tells a reload, whose sound is
    dead, from a WebSocket that merely came back. Plain SIP phones use their own name there: they are told
    apart by their address.
    """
    status, endpoint = message.get("ContactStatus", ""), message.get("EndpointName", "")
    if status not in THERE | {REMOVED, UNANSWERED} or endpoint.startswith(NO_AGENTS):
        return None
    address = message.get("URI", "").partition(":")[2].partition(";")[0]
    user = address.partition("@")[0]
    page = address if user == endpoint else user
    return Line(agent=AgentId(endpoint), page=page, there=status in THERE, unanswered=status == UNANSWERED)


class AmiTranslator:
    """`Translator` of the core: a late message is read against the call as it was at its time.

    `silence` is the time without sound, by role, after which Asterisk gives a leg up (`rtp_timeout`), seconds.
    """

    def __init__(self, silence: Mapping[str, float] | None = None) -> None:
        self._silence = silence or {}

    def call_of(self, message: Message) -> str:
        return call_id_of(message)

    def events_of(self, message: Message, story: Story, now: datetime) -> list[CallEvent]:
        if message.get("Event") == SILENCE:
            return self._fell_silent(message, story.call_at(time_of(message, now)), time_of(message, now))
        return translate(message, story.call_at(time_of(message, now)), now)

    def _fell_silent(self, message: Message, call: Call | None, at: datetime) -> list[CallEvent]:
        role = legs.role_of(message)
        if call is None or message.get("Cause") != legs.DEVICE_GAVE_UP or role not in self._silence:
            return []
        leg = LegId(message.get("Uniqueid", ""))
        return [LegFellSilent(call_id=call.id, at=at, leg=leg, silent_s=self._silence[role])]

    def is_about_dial(self, message: Message) -> bool:
        return dials.is_about_dial(message)

    def dial_of(self, message: Message, now: datetime) -> DialEvent | None:
        return dials.told_dial(message, time_of(message, now))

    def line_of(self, message: Message) -> Line | None:
        return line_of(message) if message.get("Event") == "ContactStatus" else None

    def started_at(self, message: Message, now: datetime) -> datetime | None:
        uptime = _number(message.get("Uptime")) if message.get("Event") == "FullyBooted" else None
        return None if uptime is None or uptime > LONGEST_UP else time_of(message, now) - timedelta(seconds=uptime)

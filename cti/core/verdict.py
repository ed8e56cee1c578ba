"""How a call ended and what became of it: read from the call's events alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cti.core.events import (
    AgentAnswered,
    AgentLeft,
    CallCut,
    CallerAbandoned,
    CallerHungUp,
    CallerJoinedQueue,
    CallEvent,
)
from cti.core.leg import AGENT, CALLER
from cti.core.leg_events import (
    CallerTransferredToQueue,
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteTried,
    LegFellSilent,
    LegHungUp,
    LegJoinedBridge,
    LegLeft,
    TransferDone,
)
from cti.core.reconcile_legs import LOST_SIGHT

NAMED = (CALLER, AGENT, "specialist", "emergency")
"""Roles that may have ended a call; any other party is nobody whom this figure names."""
RESTARTED = "asterisk restarted"
UNSEEN_END = "end not seen"
"""Reasons of a CallCut. The second one is no loss: somebody hung up while nobody was looking."""
EMERGENCY = (EmergencyPressed, EmergencyRouteTried, EmergencyReached)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`ended_by`: caller, agent, specialist, emergency, system or unknown.

    `outcome`: abandoned_menu, abandoned_queue, answered, emergency, transferred or lost.
    """

    ended_by: str
    outcome: str


def verdict(events: Iterable[CallEvent]) -> Verdict:
    """What the events tell; of a call that still lives, what they tell so far."""
    told = sorted(events, key=lambda event: event.at)
    return Verdict(ended_by=_ended_by(told), outcome=_outcome(told))


def _ended_by(told: list[CallEvent]) -> str:
    """The caller's own phone; else whoever left the caller as the last one; else the dialplan or Asterisk."""
    ends = [event for event in told if isinstance(event, CallerHungUp | CallCut)]
    if not ends:
        return "unknown"
    if isinstance(ends[0], CallCut):
        return "unknown" if ends[0].reason == UNSEEN_END else "system"
    if any(isinstance(event, LegHungUp) and event.role == CALLER for event in told):
        return CALLER
    if _told_last(told, CallerAbandoned, AgentAnswered) is CallerAbandoned:
        return CALLER
    if ends[0].cause == LOST_SIGHT:
        return "unknown"
    before = [event for event in told if event.at <= ends[0].at]
    last = next((event for event in reversed(before) if isinstance(event, LegHungUp | LegFellSilent | LegLeft)), None)
    if last is None:
        return _ended_unseen(before)
    roles = {event.leg: event.role for event in told if isinstance(event, LegJoinedBridge | LegHungUp | LegLeft)}
    role = roles.get(last.leg, "")
    return role if role in NAMED else "unknown"


def _told_last(told: list[CallEvent], *kinds: type[CallEvent]) -> type[CallEvent] | None:
    """Which of these came last."""
    return next((type(event) for event in reversed(told) if isinstance(event, kinds)), None)


def _ended_unseen(before: list[CallEvent]) -> str:
    """Rows of an older version do not say whose phone hung up."""
    left = [event for event in before if isinstance(event, AgentLeft)]
    return AGENT if left else "system"


def _outcome(told: list[CallEvent]) -> str:
    end = next((event for event in told if isinstance(event, CallerHungUp | CallCut)), None)
    if isinstance(end, CallCut) and end.reason != UNSEEN_END:
        return "lost"
    if any(isinstance(event, EMERGENCY) for event in told):
        return "emergency"
    if any(isinstance(event, TransferDone | CallerTransferredToQueue) for event in told):
        return "transferred"
    if any(isinstance(event, AgentAnswered) or _third_party_joined(event) for event in told):
        return "answered"
    waited = any(isinstance(event, CallerJoinedQueue | CallerAbandoned) for event in told)
    return "abandoned_queue" if waited else "abandoned_menu"


def _third_party_joined(event: CallEvent) -> bool:
    return isinstance(event, LegJoinedBridge) and event.role != CALLER

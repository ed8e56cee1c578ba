"""The steps of an emergency as the dialplan itself wrote them into CEL: a press that nobody heard is told from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cti.core.events import CallEvent
from cti.core.ids import AgentId, CallId, Channel, LegId
from cti.core.leg_events import (
    EmergencyCancelled,
    EmergencyFailed,
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteFailed,
    EmergencyRouteTried,
    LegAnswered,
    LegRang,
)

WORD = "emergency"
"""What each of these texts begins with (`asterisk-config/dialplan/emergency.j2`)."""
FIELDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`about` is the press's trigger or the route's reason; `who` the route, or the agent."""

    state: str
    call_id: CallId
    service: str
    about: str
    who: str


def step_of(said: str) -> Step | None:
    """None for a text that is none of ours."""
    fields = said.split("/", FIELDS - 1)
    if len(fields) != FIELDS or fields[0] != WORD:
        return None
    _, state, call_id, service, about, who = fields
    return Step(state=state, call_id=CallId(call_id), service=service, about=about, who=who)


def told(step: Step, at: datetime, leg: LegId, channel: Channel) -> list[CallEvent]:
    """The events of one step; `leg` and `channel` wrote it: an operator's own, once reached."""
    call_id, service, who = step.call_id, step.service, step.who
    match step.state:
        case "pressed":
            agent = AgentId(who)
            return [EmergencyPressed(call_id=call_id, at=at, service=service, trigger=step.about, agent=agent)]
        case "trying":
            return [EmergencyRouteTried(call_id=call_id, at=at, service=service, route=who)]
        case "failed-route":
            reason = step.about or "dead"
            return [EmergencyRouteFailed(call_id=call_id, at=at, service=service, route=who, reason=reason)]
        case "reached":
            rang = LegRang(call_id=call_id, at=at, leg=leg, channel=channel, role=WORD, party=service, label=who)
            up = LegAnswered(call_id=call_id, at=at, leg=leg, role=WORD, party=service)
            return [rang, up, EmergencyReached(call_id=call_id, at=at, service=service, route=who, leg=leg)]
        case "failed":
            return [EmergencyFailed(call_id=call_id, at=at, service=service)]
        case "cancelled":
            return [EmergencyCancelled(call_id=call_id, at=at, service=service, agent=AgentId(who))]
        case _:
            return []

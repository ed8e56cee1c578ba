"""What an event changes in a call's legs, and in who was in which bridge, muted or on hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from storage.assistance import last_three_way
from storage.emergency_changes import emergencies_lost, operator_left
from storage.parties import Changes, Parties, agent_of, word_of
from storage.project import EventRow

LOST_SIGHT = 127
"""Q.850: the leg ended while nobody was looking."""
UNFINISHED = "lost"
"""How an attempt ended that the call's own loss ended."""


# ---- the caller and the agents


def _arrived(told: Parties, event: EventRow) -> None:
    told.caller = word_of(event, "caller_leg") or told.caller
    if told.caller:
        leg = replace(event, body={**event.body, "leg": told.caller})
        channel = word_of(event, "caller_channel")
        told.leg(leg, role="caller", from_at=event.at, answered_at=event.at, channel=channel)


def _caller_gone(told: Parties, event: EventRow) -> None:
    told.ends(told.caller, event.at, event.body.get("cause"))
    if not any(leg.answered_at and not leg.to_at for leg in told.legs.values()):
        told.resume(event.at, None)


def _cut(told: Parties, event: EventRow) -> None:
    """Nobody hung up: the switch lost every leg at once."""
    for name in list(told.legs):
        told.ends(name, event.at, LOST_SIGHT)
    told.close(event.at, lambda _: True)
    told.resume(event.at, None)
    told.three_ways = [_lost(each, event.at, "talked" if each.accepted_at else UNFINISHED) for each in told.three_ways]
    emergencies_lost(told, event.at, UNFINISHED)
    told.transfers = [_lost(each, event.at, UNFINISHED) for each in told.transfers]


def _lost(row: Any, at: datetime, outcome: str) -> Any:
    return row if row.ended_at else replace(row, ended_at=at, outcome=outcome)


def _agent_rang(told: Parties, event: EventRow) -> None:
    told.leg(event, role="agent", from_at=event.at, party=agent_of(event), channel=word_of(event, "channel"))


def _agent_answered(told: Parties, event: EventRow) -> None:
    channel = word_of(event, "channel")
    told.leg(event, role="agent", from_at=event.at, answered_at=event.at, party=agent_of(event), channel=channel)


def _agent_missed(told: Parties, event: EventRow) -> None:
    name = str(event.body["leg"])
    if name in told.legs and told.legs[name].answered_at:  # it had answered, whatever was believed then
        _agent_left(told, event)
        return
    told.leg(event, role="agent", party=agent_of(event), not_reached="unanswered")
    told.ends(name, event.at)


def _agent_left(told: Parties, event: EventRow) -> None:
    """Told for the agent's state, maybe because the caller went: the leg itself may stay on."""
    if event.body["leg"] not in told.seen_off:
        _left(told, event)


def _left(told: Parties, event: EventRow) -> None:
    """An agent's or a third party's leg is over."""
    name = str(event.body["leg"])
    told.ends(name, event.at, event.body.get("cause"))
    told.three_ways = [
        replace(each, ended_at=event.at, outcome="talked")
        if each.leg == name and each.accepted_at and not each.ended_at
        else each
        for each in told.three_ways
    ]
    operator_left(told, name, event.at)


def _held(told: Parties, event: EventRow) -> None:
    told.open(event, told.caller, "phone_held" if event.body.get("by") == "phone" else "held")


def _retrieved(told: Parties, event: EventRow) -> None:
    told.close(event.at, lambda each: each.leg == told.caller and each.kind in {"held", "phone_held"})


# ---- third parties


def _rang(told: Parties, event: EventRow) -> None:
    party, channel = word_of(event, "party"), word_of(event, "channel")
    told.leg(event, from_at=event.at, party=party, label=word_of(event, "label"), channel=channel)
    if event.body.get("role") == "specialist":
        last_three_way(told, party, leg=str(event.body["leg"]))


def _answered(told: Parties, event: EventRow) -> None:
    told.leg(event, answered_at=event.at, party=word_of(event, "party"))
    if event.body.get("role") == "specialist":
        last_three_way(told, word_of(event, "party"), leg=str(event.body["leg"]), answered_at=event.at)


def _not_reached(told: Parties, event: EventRow) -> None:
    told.leg(event, party=word_of(event, "party"), not_reached=word_of(event, "reason"))
    told.ends(str(event.body["leg"]), event.at)


def _joined(told: Parties, event: EventRow) -> None:
    """One bridge at a time: a leave that was not seen ends with the next join."""
    name, bridge = str(event.body["leg"]), word_of(event, "bridge")
    told.close(event.at, lambda each: each.leg == name and each.kind == "bridge" and each.bridge != bridge)
    if name not in told.legs:
        told.leg(event, from_at=event.at, answered_at=event.at, channel=word_of(event, "channel"))
    told.open(event, name, "bridge", bridge)


def _left_bridge(told: Parties, event: EventRow) -> None:
    """Who leaves the room is muted there no longer."""
    name, bridge = str(event.body["leg"]), word_of(event, "bridge")
    told.close(event.at, lambda each: each.leg == name and (each.kind == "muted" or each.bridge == bridge))


def _leg_held(told: Parties, event: EventRow) -> None:
    told.open(event, str(event.body["leg"]), "held")


def _leg_retrieved(told: Parties, event: EventRow) -> None:
    name = str(event.body["leg"])
    told.close(event.at, lambda each: each.leg == name and each.kind == "held")


def _muted(told: Parties, event: EventRow) -> None:
    told.open(event, str(event.body["leg"]), "muted")


def _unmuted(told: Parties, event: EventRow) -> None:
    name = str(event.body["leg"])
    told.close(event.at, lambda each: each.leg == name and each.kind == "muted")


def _fell_silent(told: Parties, event: EventRow) -> None:
    """Told when it was noticed; the leg is given up for it, and was silent until its end."""
    since = event.at - timedelta(seconds=float(event.body["silent_s"]))
    told.open(replace(event, at=since), str(event.body["leg"]), "silent")


LEG_CHANGES: Changes = {
    "LegFellSilent": _fell_silent,
    "CallArrived": _arrived,
    "CallerHungUp": _caller_gone,
    "CallCut": _cut,
    "AgentRang": _agent_rang,
    "AgentAnswered": _agent_answered,
    "AgentDidNotAnswer": _agent_missed,
    "AgentLeft": _agent_left,
    "CallerHeld": _held,
    "CallerRetrieved": _retrieved,
    "LegRang": _rang,
    "LegAnswered": _answered,
    "LegNotReached": _not_reached,
    "LegLeft": _left,
    "LegJoinedBridge": _joined,
    "LegLeftBridge": _left_bridge,
    "LegHeld": _leg_held,
    "LegRetrieved": _leg_retrieved,
    "LegMuted": _muted,
    "LegUnmuted": _unmuted,
}

"""A three-way talk with a policy specialist, and the table of how events move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cti.core.events import CallerHeld, CallEvent
from cti.core.ids import AgentId, LegId
from cti.core.leg_events import (
    LegHeld,
    LegLeft,
    LegRang,
    SpecialistAccepted,
    SpecialistAsked,
    SpecialistNotReached,
    SpecialistSolved,
    ThreeWayMerged,
)


class ThreeWayState(StrEnum):
    ASKED = "asked"
    RINGING = "ringing"
    CONSULTING = "consulting"
    MERGED = "merged"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWay:
    """The last one that was asked for; `number_index` counts the numbers that were rung, from 1."""

    entry: str
    department: str = ""
    agent: AgentId = AgentId("")
    state: ThreeWayState = ThreeWayState.ASKED
    number_index: int = 0
    numbers: int = 0
    leg: LegId | None = None
    since: datetime | None = None
    reason: str = ""
    solved: bool | None = None


_S = ThreeWayState
TRANSITIONS: dict[ThreeWayState, dict[type[CallEvent], ThreeWayState]] = {
    _S.ASKED: {
        LegRang: _S.RINGING,
        SpecialistAccepted: _S.CONSULTING,
        SpecialistNotReached: _S.ENDED,
    },
    _S.RINGING: {
        LegRang: _S.RINGING,
        SpecialistAccepted: _S.CONSULTING,
        SpecialistNotReached: _S.ENDED,
    },
    _S.CONSULTING: {
        ThreeWayMerged: _S.MERGED,
        CallerHeld: _S.CONSULTING,
        LegHeld: _S.CONSULTING,
        LegLeft: _S.ENDED,
    },
    _S.MERGED: {
        ThreeWayMerged: _S.MERGED,
        CallerHeld: _S.CONSULTING,
        LegHeld: _S.CONSULTING,
        LegLeft: _S.ENDED,
    },
    _S.ENDED: {SpecialistAsked: _S.ASKED, SpecialistSolved: _S.ENDED},
}
"""From `merged`, putting the caller or the specialist aside is consulting again."""

TALKING = frozenset({ThreeWayState.CONSULTING, ThreeWayState.MERGED})


def advance(before: ThreeWay | None, event: CallEvent) -> ThreeWay | None:
    """The three-way after `event`; None when the event means nothing to it."""
    if isinstance(event, SpecialistAsked) and (before is None or before.state is ThreeWayState.ENDED):
        return ThreeWay(
            entry=event.entry,
            department=event.department,
            agent=event.agent,
            numbers=event.numbers,
            since=event.at,
        )
    if before is None or not _is_about(before, event):
        return None
    state = TRANSITIONS[before.state].get(type(event))
    if state is None:
        return None
    since = event.at if state is not before.state else before.since
    return _changed(replace(before, state=state, since=since), event)


def _is_about(threeway: ThreeWay, event: CallEvent) -> bool:
    match event:
        case LegRang():
            return event.role == "specialist" and event.party in {threeway.entry, ""} and event.leg != threeway.leg
        case LegLeft() | LegHeld():
            return event.leg == threeway.leg
        case SpecialistAccepted() | SpecialistNotReached() | SpecialistSolved():
            return event.entry in {threeway.entry, ""}
        case _:
            return True


def _changed(threeway: ThreeWay, event: CallEvent) -> ThreeWay:
    match event:
        case LegRang():
            return replace(threeway, leg=event.leg, number_index=threeway.number_index + 1)
        case SpecialistAccepted():
            return replace(threeway, leg=event.leg)
        case SpecialistNotReached():
            return replace(threeway, reason=event.reason)
        case SpecialistSolved():
            return replace(threeway, solved=event.solved)
        case _:
            return threeway

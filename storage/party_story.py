"""A call's parties out of all of its events: pure, and the same for any order of receipt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from cti.core.hearing import heard
from cti.core.leg_events import LegHungUp, LegLeft
from storage import talk
from storage.assistance import ASSISTANCE_CHANGES
from storage.core_events import of_core
from storage.emergency_changes import EMERGENCY_CHANGES
from storage.months import month_of_call
from storage.moves import MOVE_CHANGES
from storage.parties import Parties
from storage.party_legs import LEG_CHANGES
from storage.party_rows import LegRow
from storage.project import EventRow

PARTY_CHANGES = LEG_CHANGES | ASSISTANCE_CHANGES | EMERGENCY_CHANGES | MOVE_CHANGES

log = structlog.get_logger(__name__)


def parties_of(events: Sequence[EventRow]) -> Parties:
    """What the events of one call (as `in_order` gives them) tell of its parties."""
    first = events[0]
    call_id = first.call_id or ""
    told = Parties(of_call={"centre_id": first.centre_id, "created_month": month_of_call(call_id), "call_id": call_id})
    told.core = of_core(events)
    told.seen_off = frozenset(event.leg for event in told.core if isinstance(event, LegLeft))
    told.hung_up = frozenset(event.leg for event in told.core if isinstance(event, LegHungUp))
    for event in events:
        change = PARTY_CHANGES.get(event.kind)
        if change is not None:
            _tell(change, told, event)
    _number_segments(told)
    told.hearing = heard(told.core) if _in_bridges(told) else ()
    _count_talk(told, events[-1].at)
    return told


def in_order(events: Iterable[EventRow]) -> list[EventRow]:
    """By their times, each once: Asterisk and a resync may have told the same thing twice."""
    told: list[EventRow] = []
    known: defaultdict[tuple[datetime, str], list[Mapping[str, Any]]] = defaultdict(list)
    for event in sorted(events, key=lambda each: each.at):
        bodies = known[event.at, event.kind]
        if event.body not in bodies:
            bodies.append(event.body)
            told.append(event)
    return told


def talk_seconds(told: Parties, now: datetime) -> float | None:
    """How long the caller talked with agents; None when the bridges of the call were never seen."""
    if not _in_bridges(told):
        return None
    agents = [leg for leg in told.legs.values() if leg.role == "agent"]
    return talk.seconds(interval for leg in agents for interval in _heard(told, {leg.leg}, {told.caller}, now))


def _tell(change: Callable[[Parties, EventRow], None], told: Parties, event: EventRow) -> None:
    """A body that does not fit is stored as an event and changes nothing."""
    try:
        change(told, event)
    except (KeyError, TypeError, ValueError) as error:
        log.error("event_not_projected", kind=event.kind, call_id=event.call_id, reason=repr(error))


def _number_segments(told: Parties) -> None:
    """Two that began together keep their places in whatever order they were told."""
    told.segments = [
        replace(each, place=place)
        for place, each in enumerate(sorted(told.segments, key=lambda each: (each.from_at, each.leg, each.kind)))
    ]


def _count_talk(told: Parties, now: datetime) -> None:
    with_caller = {leg.leg: talk.seconds(_talk(told, leg, now)) for leg in told.legs.values() if leg.role != "caller"}
    told.legs = {name: replace(leg, talk_s=with_caller.get(name, 0.0)) for name, leg in told.legs.items()}
    near = {name for name, leg in told.legs.items() if leg.role in {"caller", "agent"}}
    told.three_ways = [
        # with the caller or with an agent: a consultation is talk too
        replace(each, talked_s=talk.seconds(_heard(told, {each.leg or ""}, near, now)))
        for each in told.three_ways
    ]


def _talk(told: Parties, leg: LegRow, now: datetime) -> list[talk.Interval]:
    """When a leg could hear the caller."""
    if _in_bridges(told):
        return _heard(told, {leg.leg}, {told.caller}, now)
    if leg.role != "agent" or leg.answered_at is None:
        return []
    # The bridges of this call were not seen (an old journal, AMI away all the while): the answer has to do.
    held = talk.spans((each for each in told.segments if each.kind in {"held", "phone_held"}), now)
    return talk.without([(leg.answered_at, leg.to_at or now)], held)


def _heard(told: Parties, ears: set[str], mouths: set[str], now: datetime) -> list[talk.Interval]:
    return [(each.start, each.end or now) for each in told.hearing if each.ear in ears and each.mouth in mouths]


def _in_bridges(told: Parties) -> bool:
    return any(each.leg == told.caller and each.kind == "bridge" for each in told.segments)

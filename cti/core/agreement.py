"""Where two tellings of one call differ: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, zip_longest

from cti.core.events import CallCut, CallEvent
from cti.core.hearing import Heard, ToldLeg, heard, told_legs
from cti.core.ids import CallId, LegId
from cti.core.leg_events import (
    EmergencyPressed,
    EmergencyReached,
    LegFellSilent,
    LegHeld,
    LegMuted,
    LegRetrieved,
    LegUnmuted,
)

TOLERATED = 1.0
"""Seconds that an end of a leg, or the whole of a talk, may lie apart."""
SAID_ONCE = (LegMuted, LegUnmuted, LegHeld, LegRetrieved, LegFellSilent)
"""What only one of the sources tells: put aside, a bridge is a talk."""
ONE_WAY = "supervisor"
"""Who listens or whispers is not heard by all whom he hears: each ear of his pairs is looked at by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`what`: call, leg, talk, listening or emergency.

    `journal_s` and `cel_s` are seconds of it; None where that source has none. Of an emergency they are the seconds
    from the press to the operator's answer; 0 when nobody answered.
    """

    call_id: CallId
    what: str
    who: str
    journal_s: float | None
    cel_s: float | None


Span = tuple[datetime, datetime]


def differences(call_id: CallId, journal: Sequence[CallEvent], cel: Sequence[CallEvent]) -> list[Difference]:
    """Legs that were answered and talks that one source tells otherwise than the other."""
    one, other = _plain(journal), _plain(cel)
    return [*_legs(call_id, one, other), *_talks(call_id, one, other), *_emergencies(call_id, one, other)]


def _plain(events: Iterable[CallEvent]) -> list[CallEvent]:
    return [event for event in events if not isinstance(event, SAID_ONCE)]


def _legs(call_id: CallId, journal: list[CallEvent], cel: list[CallEvent]) -> list[Difference]:
    """An answered leg, by its own end: when it was made the two see at different moments."""
    cut = any(isinstance(event, CallCut) for event in journal)
    one, other = _answered(journal), _answered(cel)
    found = []
    for leg in {**one, **other}:
        ends = [each.end for each in (one.get(leg), other.get(leg)) if each is not None]
        missing = len(ends) < 2
        if cut and (missing or None in ends):
            continue  # Asterisk died: neither could write the end
        if missing or _apart(ends) > TOLERATED:
            told = one.get(leg) or other[leg]
            found.append(
                _difference(call_id, "leg", f"{told.role} {told.channel}", _lasted(one, leg), _lasted(other, leg))
            )
    return found


def _answered(events: list[CallEvent]) -> dict[LegId, ToldLeg]:
    return {leg.leg: leg for leg in told_legs(events) if leg.answered_at is not None}


def _apart(ends: list[datetime | None]) -> float:
    known = [end for end in ends if end is not None]
    if len(known) < 2:
        return 0.0 if not known else TOLERATED * 2
    return abs((known[0] - known[1]).total_seconds())


def _lasted(legs: dict[LegId, ToldLeg], leg: LegId) -> float | None:
    told = legs.get(leg)
    if told is None or told.end is None or told.answered_at is None:
        return None
    return (told.end - told.answered_at).total_seconds()


def _talks(call_id: CallId, journal: list[CallEvent], cel: list[CallEvent]) -> list[Difference]:
    cut = next((event.at for event in journal if isinstance(event, CallCut)), None)
    one, other = _spans(heard(journal)), _spans(heard(cel), cut)
    legs = {leg.leg: leg for leg in (*told_legs(cel), *told_legs(journal))}
    spies = {leg.leg for leg in legs.values() if leg.role == ONE_WAY}
    found = []
    for pair in sorted({*one, *other}):
        spied = not spies.isdisjoint(pair)
        if pair[0] > pair[1] and not spied:  # a bridge carries both ways: once is enough
            continue
        if _between(one.get(pair, []), other.get(pair, [])) > TOLERATED:
            what, between = ("listening", "hears") if spied else ("talk", "/")
            who = f" {between} ".join(f"{legs[leg].role} {legs[leg].channel}" for leg in pair)
            found.append(_difference(call_id, what, who, _sum(one.get(pair)), _sum(other.get(pair))))
    return found


def _emergencies(call_id: CallId, one: list[CallEvent], other: list[CallEvent]) -> list[Difference]:
    """Presses that only one source knows, or whose operator only one source saw answer."""
    mine, theirs = _presses(one), _presses(other)
    found = []
    for service in sorted({*mine, *theirs}):
        for first, second in zip_longest(mine.get(service, []), theirs.get(service, [])):
            if first is None or second is None or abs(first - second) > TOLERATED:
                found.append(_difference(call_id, "emergency", service, first, second))
    return found


def _presses(told: list[CallEvent]) -> dict[str, list[float]]:
    """Each press of a service, as the seconds until its operator answered."""
    presses: dict[str, list[float]] = {}
    pressed_at: dict[str, datetime] = {}
    for event in sorted(told, key=lambda event: event.at):
        if isinstance(event, EmergencyPressed):
            presses.setdefault(event.service, []).append(0.0)
            pressed_at[event.service] = event.at
        elif isinstance(event, EmergencyReached) and event.service in pressed_at:
            presses[event.service][-1] = (event.at - pressed_at[event.service]).total_seconds()
    return presses


def _spans(told: Iterable[Heard], cut: datetime | None = None) -> dict[tuple[LegId, LegId], list[Span]]:
    """Talks that have ended. Asterisk that died with a call could not write that down: they ended when it did."""
    spans: dict[tuple[LegId, LegId], list[Span]] = {}
    for each in told:
        end = each.end or cut
        if end is not None and each.start < end:
            spans.setdefault((each.ear, each.mouth), []).append((each.start, end))
    return spans


def _between(one: list[Span], other: list[Span]) -> float:
    """Seconds in which exactly one of the two tells of a talk."""
    edges = sorted({edge for span in (*one, *other) for edge in span})
    return sum(
        (end - start).total_seconds()
        for start, end in pairwise(edges)
        if _in(one, start, end) != _in(other, start, end)
    )


def _in(spans: list[Span], start: datetime, end: datetime) -> bool:
    return any(first <= start and end <= last for first, last in spans)


def _sum(spans: list[Span] | None) -> float | None:
    return None if spans is None else sum((end - start).total_seconds() for start, end in spans)


def _difference(call_id: CallId, what: str, who: str, one: float | None, other: float | None) -> Difference:
    rounded = [None if each is None else round(each, 3) for each in (one, other)]
    return Difference(call_id=call_id, what=what, who=who, journal_s=rounded[0], cel_s=rounded[1])

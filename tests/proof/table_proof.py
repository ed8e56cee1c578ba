"""After each story at the table: every ear heard every mouth exactly while the call's own events say so."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cti.core.codec import UnknownKind, decode
from cti.core.events import AgentAnswered, CallEvent
from cti.core.hearing import ToldLeg, heard, told_legs
from cti.core.ids import CallId, LegId
from cti.core.leg import AGENT, CALLER
from cti.core.leg_events import LegFellSilent
from cti.core.ports import JournalEntry
from tests.cti.fakes import PaperSeal
from tests.patience import SHARED
from tests.proof.compared import MOMENT, TALK
from tests.proof.phone_log import Tape, calls_of
from tests.proof.proof import keep
from tests.proof.spans import Interval, clipped, clock, seconds, shown, union, without

KEY = timedelta(milliseconds=240)
"""How long a test phone sends each key (RFC 4733)."""
Pair = tuple[str, str]
"""Whose ear, whose mouth: names of seats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """Who sat where in one story: tones, phones' own events, tapes of those who were there to its end.

    A leg whose phone is dead is told until its loss is noticed: of that time no ear can say anything, unless it was
    noticed by its silence, for then it is known since when.
    """

    tones: Mapping[str, float]
    events: Mapping[str, Sequence[dict[str, Any]]]
    tapes: Mapping[str, Tape]
    dead: Mapping[str, Sequence[Interval]] = field(default_factory=dict)


def hearing_differs(entries: Iterable[JournalEntry], seats: Seats, begun: datetime, until: datetime) -> list[str]:
    """Each ear and mouth for which the events and the tape are more than a second apart."""
    told = told_of(entries, seats, until)
    found = []
    for ear, tape in seats.tapes.items():
        for mouth, tone in seats.tones.items():
            if mouth == ear:
                continue
            said = clipped(told.get((ear, mouth), []), begun, until)
            at_ear = clipped(tape.heard(tone), begun, until)
            found += differs(f"{ear} ← {mouth}", said, at_ear, TALK + tape.slack + SHARED)
    return found


def differs(who: str, said: list[Interval], at_ear: list[Interval], allowed: float) -> list[str]:
    """What one of the two has and the other has not; every figure is kept."""
    unheard, untold = seconds(without(said, at_ear)), seconds(without(at_ear, said))
    if said or at_ear:
        keep({"story": _story(), "who": who, "said_s": seconds(said), "heard_s": seconds(at_ear), "unheard_s": unheard,
               "untold_s": untold, "allowed_s": round(allowed, 2)})  # fmt: skip
    words = []
    if unheard > allowed:
        words.append(f"{unheard:.2f} s are told and were not heard")
    if untold > allowed:
        words.append(f"{untold:.2f} s were heard and are not told")
    return [f"{who}: {each}; told {shown(said)}; heard {shown(at_ear)}" for each in words]


def told_of(entries: Iterable[JournalEntry], seats: Seats, until: datetime) -> dict[Pair, list[Interval]]:
    """Who heard whom in all calls of the story, as their events tell it."""
    found: defaultdict[Pair, list[Interval]] = defaultdict(list)
    silent: set[str] = set()
    for events in _by_call(entries).values():
        names = seats_of(events, seats.events)
        silent |= {names.get(event.leg, "") for event in events if isinstance(event, LegFellSilent)}
        for each in heard(events):
            ear, mouth, end = names.get(each.ear), names.get(each.mouth), each.end or until
            if ear and mouth and each.start < end:
                found[ear, mouth].append((each.start, end))
    return {
        (ear, mouth): without(union(spans), union([*_dead(seats, {ear, mouth} - silent), *_keying(seats, mouth)]))
        for (ear, mouth), spans in found.items()
    }


def _dead(seats: Seats, names: set[str]) -> list[Interval]:
    return union(span for name in names for span in seats.dead.get(name, ()))


def _keying(seats: Seats, name: str) -> list[Interval]:
    """When this phone sent keys: it does so in place of its voice."""
    return [
        (clock(event["at"]), clock(event["at"]) + KEY * len(event["digits"]))
        for event in seats.events.get(name, ())
        if event["event"] == "pressed"
    ]


def seats_of(events: Sequence[CallEvent], phones: Mapping[str, Sequence[dict[str, Any]]]) -> dict[LegId, str]:
    """Leg → seat: the caller, the agents by their names, any other by the phone that was answered at its time."""
    agents = {event.leg: str(event.agent) for event in events if isinstance(event, AgentAnswered)}
    names: dict[LegId, str] = {}
    for leg in told_legs(events):
        name = CALLER if leg.role == CALLER else _desk(leg, agents) or _outside(leg, phones)
        if name:
            names[leg.leg] = name
    return names


def _desk(leg: ToldLeg, agents: Mapping[LegId, str]) -> str:
    own = {"1001": AGENT, "1002": "colleague"}
    by_channel = next((seat for number, seat in own.items() if leg.channel.startswith(f"PJSIP/{number}-")), "")
    return own.get(agents.get(leg.leg, ""), by_channel)


def _outside(leg: ToldLeg, phones: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    if leg.answered_at is None:
        return ""
    answered = leg.answered_at
    near = {
        name: abs((call.answered - answered).total_seconds())
        for name, events in phones.items()
        for call in calls_of(events)
        if call.answered is not None and not call.number and name not in {CALLER, AGENT, "colleague"}
    }
    name = min(near, key=lambda each: near[each], default="")
    return name if name and near[name] < MOMENT else ""


def _by_call(entries: Iterable[JournalEntry]) -> dict[CallId, list[CallEvent]]:
    found: defaultdict[CallId, list[CallEvent]] = defaultdict(list)
    for entry in entries:
        try:
            event = decode(entry, PaperSeal())
        except (UnknownKind, KeyError, TypeError, ValueError):
            continue  # a row of an agent, or of a kind that is no event
        if isinstance(event, CallEvent):
            found[event.call_id].append(event)
    return dict(found)


def _story() -> str:
    return os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]

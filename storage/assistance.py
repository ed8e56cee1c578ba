"""What an event changes in the call's three-way talks with specialists and in its emergencies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from storage.parties import Changes, Parties, agent_of, word_of
from storage.party_rows import EmergencyRow, ThreeWayRow
from storage.project import EventRow

# ---- three-way


def _specialist_asked(told: Parties, event: EventRow) -> None:
    told.three_ways.append(
        ThreeWayRow(
            **told.of_call,
            place=len(told.three_ways),
            entry=str(event.body["entry"]),
            department=word_of(event, "department"),
            asked_by=agent_of(event),
            asked_at=event.at,
        )
    )


def _specialist_accepted(told: Parties, event: EventRow) -> None:
    last_three_way(told, word_of(event, "entry"), leg=str(event.body["leg"]), accepted_at=event.at)


def _specialist_not_reached(told: Parties, event: EventRow) -> None:
    last_three_way(told, word_of(event, "entry"), ended_at=event.at, outcome=str(event.body["reason"]))


def _merged(told: Parties, event: EventRow) -> None:
    last_three_way(told, None, merged_at=event.at)


def _solved(told: Parties, event: EventRow) -> None:
    """Said afterwards: also of one that is over."""
    asked = [each for each in told.three_ways if each.entry == event.body["entry"]]
    if asked:
        told.three_ways[asked[-1].place] = replace(asked[-1], solved=bool(event.body["solved"]))


def last_three_way(told: Parties, entry: str | None, **known: Any) -> None:
    """What is new of the last one that still goes on; a leg that rings next takes the place of the one before."""
    asked = [each for each in told.three_ways if not each.ended_at and entry in {None, each.entry}]
    if asked:
        fresh = {key: value for key, value in known.items() if key == "leg" or getattr(asked[-1], key) is None}
        told.three_ways[asked[-1].place] = replace(asked[-1], **fresh)


# ---- emergency


def _pressed(told: Parties, event: EventRow) -> None:
    told.emergencies.append(
        EmergencyRow(
            **told.of_call,
            place=len(told.emergencies),
            service=str(event.body["service"]),
            trigger=word_of(event, "trigger") or "unknown",
            pressed_by=agent_of(event),
            pressed_at=event.at,
        )
    )


def _route_tried(told: Parties, event: EventRow) -> None:
    row = _last_press(told, event)
    route = {"route": str(event.body["route"]), "at": event.at.isoformat(), "reason": ""}
    told.emergencies[row.place] = replace(row, tried=as_json([*json.loads(row.tried), route]))


def _route_failed(told: Parties, event: EventRow) -> None:
    row, route = _last_press(told, event), str(event.body["route"])
    tried = json.loads(row.tried)
    waiting = [each for each in tried if each["route"] == route and not each["reason"]]
    if not waiting:
        waiting = [{"route": route, "at": event.at.isoformat()}]
        tried += waiting
    waiting[-1]["reason"] = str(event.body["reason"])
    told.emergencies[row.place] = replace(row, tried=as_json(tried))


def _reached(told: Parties, event: EventRow) -> None:
    row = _last_press(told, event)
    leg, route = str(event.body["leg"]), word_of(event, "route")
    told.emergencies[row.place] = replace(row, reached_at=event.at, route=route, leg=leg, outcome="reached")


def _failed(told: Parties, event: EventRow) -> None:
    row = _last_press(told, event)
    told.emergencies[row.place] = replace(row, outcome="failed", ended_at=event.at)


def _cancelled(told: Parties, event: EventRow) -> None:
    row = _last_press(told, event)
    told.emergencies[row.place] = replace(row, outcome="cancelled", ended_at=event.at)


def _last_press(told: Parties, event: EventRow) -> EmergencyRow:
    """The press of this service that was last; one that was never seen is told by what followed it."""
    service = event.body["service"]
    if not any(each.service == service for each in told.emergencies):
        _pressed(told, event)
    return [each for each in told.emergencies if each.service == service][-1]


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


ASSISTANCE_CHANGES: Changes = {
    "SpecialistAsked": _specialist_asked,
    "SpecialistAccepted": _specialist_accepted,
    "SpecialistNotReached": _specialist_not_reached,
    "SpecialistSolved": _solved,
    "ThreeWayMerged": _merged,
    "EmergencyPressed": _pressed,
    "EmergencyRouteTried": _route_tried,
    "EmergencyRouteFailed": _route_failed,
    "EmergencyReached": _reached,
    "EmergencyFailed": _failed,
    "EmergencyCancelled": _cancelled,
}

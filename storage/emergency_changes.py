"""What an event changes in the emergencies of a call: each press, its routes, the operator's stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from storage.parties import Changes, Parties, agent_of, word_of
from storage.party_rows import EmergencyRow
from storage.project import EventRow
from storage.sealed import sealed_columns

DESCRIBED_WITHIN = timedelta(seconds=30)
"""A desk's words belong to the press that the switch tells of within that time."""


def _pressed(told: Parties, event: EventRow) -> None:
    service = str(event.body["service"])
    said = told.described.pop(service, None)
    row = EmergencyRow(
        **told.of_call,
        place=len(told.emergencies),
        service=service,
        trigger=word_of(event, "trigger") or "unknown",
        pressed_by=agent_of(event),
        pressed_at=event.at,
    )
    told.emergencies.append(_with_words(row, said) if said and _is_near(row, said) else row)


def _described(told: Parties, event: EventRow) -> None:
    """A desk's clock and the switch's may tell it before the press or after."""
    last = _last_of(told, str(event.body["service"]))
    if last is not None and last.ended_at is None and not _is_described(last) and _is_near(last, event):
        told.emergencies[last.place] = _with_words(last, event)
    else:
        told.described[str(event.body["service"])] = event


def _route_tried(told: Parties, event: EventRow) -> None:
    row = _running_press(told, event)
    route = {"route": str(event.body["route"]), "at": event.at.isoformat(), "reason": "", "until": None}
    told.emergencies[row.place] = replace(row, tried=as_json([*json.loads(row.tried), route]))


def _route_failed(told: Parties, event: EventRow) -> None:
    row = _any_press(told, event)
    _end_route(told, row, str(event.body["route"]), event.at, str(event.body["reason"]))


def _reached(told: Parties, event: EventRow) -> None:
    """Whatever was believed of the press before: an operator who answered is there."""
    leg, route = str(event.body["leg"]), word_of(event, "route")
    row = _any_press(told, event)
    if row.leg == leg:
        return
    if row.leg is not None:
        _pressed(told, event)
        row = told.emergencies[-1]
    row = replace(row, reached_at=event.at, route=route, leg=leg, outcome="reached", ended_at=None, ended_by=None)
    told.emergencies[row.place] = row
    if route:
        _end_route(told, row, route, event.at, "")
    there = told.legs.get(leg)
    if there is not None and there.to_at is not None:
        operator_left(told, leg, there.to_at)


def _failed(told: Parties, event: EventRow) -> None:
    row = _any_press(told, event)
    if row.outcome is None:
        told.emergencies[row.place] = replace(row, outcome="failed", ended_at=event.at)


def _cancelled(told: Parties, event: EventRow) -> None:
    row = _any_press(told, event)
    if row.outcome is None:
        told.emergencies[row.place] = replace(row, outcome="cancelled", ended_at=event.at, ended_by="agent")


def operator_left(told: Parties, leg: str, at: datetime) -> None:
    """The leg of an operator who was reached is over: nobody but its own phone ends it, short of a loss."""
    by = "operator" if leg in told.hung_up else "system"
    told.emergencies = [
        replace(each, ended_at=at, ended_by=by) if each.leg == leg and each.reached_at and not each.ended_at else each
        for each in told.emergencies
    ]


def emergencies_lost(told: Parties, at: datetime, outcome: str) -> None:
    """The switch itself is gone."""
    told.emergencies = [
        each if each.ended_at else replace(each, ended_at=at, outcome=each.outcome or outcome, ended_by="system")
        for each in told.emergencies
    ]


def _running_press(told: Parties, event: EventRow) -> EmergencyRow:
    """The last press of this service unless it is over: a route that is tried then tells of one nobody heard."""
    last = _last_of(told, str(event.body["service"]))
    if last is None or last.ended_at is not None or last.leg is not None:
        _pressed(told, event)
        return told.emergencies[-1]
    return last


def _any_press(told: Parties, event: EventRow) -> EmergencyRow:
    last = _last_of(told, str(event.body["service"]))
    return last if last is not None else _running_press(told, event)


def _last_of(told: Parties, service: str) -> EmergencyRow | None:
    return next((each for each in reversed(told.emergencies) if each.service == service), None)


def _end_route(told: Parties, row: EmergencyRow, route: str, at: datetime, reason: str) -> None:
    """An empty reason: its operator answered."""
    tried: list[dict[str, Any]] = json.loads(row.tried)
    waiting = [each for each in tried if each["route"] == route and each.get("until") is None]
    if not waiting:
        waiting = [{"route": route, "at": at.isoformat()}]
        tried += waiting
    waiting[-1] |= {"reason": reason, "until": at.isoformat()}
    told.emergencies[row.place] = replace(row, tried=as_json(tried))


def _with_words(row: EmergencyRow, said: EventRow) -> EmergencyRow:
    words = {name: value if isinstance(value, Mapping) else None for name, value in said.body.items()}
    return replace(
        row,
        district=word_of(said, "district"),
        **sealed_columns("summary", words.get("summary")),
        **sealed_columns("location", words.get("location")),
    )


def _is_described(row: EmergencyRow) -> bool:
    return bool(row.district or row.summary_sealed or row.location_sealed)


def _is_near(row: EmergencyRow, said: EventRow) -> bool:
    return abs(row.pressed_at - said.at) <= DESCRIBED_WITHIN


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


EMERGENCY_CHANGES: Changes = {
    "EmergencyPressed": _pressed,
    "EmergencyDescribed": _described,
    "EmergencyRouteTried": _route_tried,
    "EmergencyRouteFailed": _route_failed,
    "EmergencyReached": _reached,
    "EmergencyFailed": _failed,
    "EmergencyCancelled": _cancelled,
}

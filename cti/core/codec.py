"""Events to journal rows and back, nothing lost: personal fields sealed, every other field as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from cti.core.dial_events import DIAL_EVENTS
from cti.core.events import AGENT_EVENTS, CALL_EVENTS, AgentEvent, CallArrived, CallEvent
from cti.core.ids import AgentId, CallId
from cti.core.leg_events import LEG_EVENTS, EmergencyDescribed, SpecialistAsked
from cti.core.ports import JournalEntry, PersonalFields
from cti.core.presence_events import PRESENCE_EVENTS, AgentMessaged

PERSONAL = ("number", "name", "text", "summary", "location")
"""Fields of any event that are personal: they leave the core sealed only."""

Kind = type[CallEvent] | type[AgentEvent]
_ALL: tuple[Kind, ...] = (*CALL_EVENTS, *LEG_EVENTS, *AGENT_EVENTS, *PRESENCE_EVENTS, *DIAL_EVENTS)
_KINDS: dict[str, Kind] = {kind.__name__: kind for kind in _ALL}
_BODY: dict[str, tuple[str, ...]] = {
    name: tuple(field.name for field in fields(kind) if field.name not in {"call_id", "at"})
    for name, kind in _KINDS.items()
}


class UnknownKind(ValueError):
    """The row was written by another version: it names an event that this one does not know."""


def encode(event: CallEvent | AgentEvent, personal: PersonalFields) -> JournalEntry:
    """The journal's row of an event; a caller's number also leaves its keyed hash."""
    kind = type(event).__name__
    body: dict[str, Any] = {name: _plain(getattr(event, name)) for name in _BODY[kind]}
    if isinstance(event, CallArrived):
        body["number_hash"] = personal.number_hash(event.number)
        body |= {name: personal.seal(body[name]) for name in ("number", "name")}
    if isinstance(event, AgentMessaged):
        body["text"] = personal.seal(event.text)
    if isinstance(event, EmergencyDescribed):
        body |= {name: personal.seal(body[name]) for name in ("summary", "location") if body[name]}
    if isinstance(event, SpecialistAsked) and event.summary:
        body["summary"] = personal.seal(event.summary)
    agent = body.get("agent")
    if isinstance(event, AgentEvent):
        del body["agent"]
        return JournalEntry(kind=kind, at=event.at, call_id=None, agent_id=agent, body=body)
    return JournalEntry(kind=kind, at=event.at, call_id=event.call_id, agent_id=agent, body=body)


def decode(entry: JournalEntry, personal: PersonalFields) -> CallEvent | AgentEvent:
    """The event that a row tells. Raises UnknownKind."""
    kind = _KINDS.get(entry.kind)
    if kind is None:
        raise UnknownKind(entry.kind)
    values = {name: _given(name, entry.body[name], personal) for name in _BODY[entry.kind] if name in entry.body}
    if issubclass(kind, AgentEvent):
        return kind(at=entry.at, **values | {"agent": AgentId(entry.agent_id or "")})
    return kind(call_id=CallId(entry.call_id or ""), at=entry.at, **values)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _given(name: str, value: Any, personal: PersonalFields) -> Any:
    if name in PERSONAL and isinstance(value, Mapping):
        return personal.open(value)
    return tuple(value) if isinstance(value, list) else value

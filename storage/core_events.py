"""Stored events in the words of the core, without who called: how a call went can be told by nobody's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from cti.core.codec import UnknownKind, decode
from cti.core.events import CallEvent
from cti.core.ports import JournalEntry
from storage.project import EventRow

log = structlog.get_logger(__name__)


class _Sealed:
    """`PersonalFields` that opens nothing."""

    def seal(self, text: str) -> dict[str, str]:
        return {}

    def open(self, sealed: Mapping[str, str]) -> str:
        return ""

    def number_hash(self, text: str) -> str:
        return ""


_SEALED = _Sealed()


def of_core(events: Iterable[EventRow]) -> list[CallEvent]:
    """The same events, in the same order; one that another version wrote is passed over."""
    found = (_decoded(event) for event in events)
    return [event for event in found if event is not None]


def _decoded(event: EventRow) -> CallEvent | None:
    body = dict(event.body)
    entry = JournalEntry(kind=event.kind, at=event.at, call_id=event.call_id, agent_id=event.agent_id, body=body)
    try:
        decoded = decode(entry, _SEALED)
    except (UnknownKind, KeyError, TypeError, ValueError) as error:
        log.error("event_not_projected", kind=event.kind, call_id=event.call_id, reason=repr(error))
        return None
    return decoded if isinstance(decoded, CallEvent) else None

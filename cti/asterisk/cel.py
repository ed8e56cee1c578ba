"""Asterisk's own log of channels (CEL) as events of calls: the second source of what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cti.asterisk.cel_rows import CALL, Row, by_call, is_agents, rows_of
from cti.asterisk.cel_story import CelStory
from cti.core.events import CallEvent
from cti.core.ids import CallId, LegId

__all__ = ["Row", "by_call", "caller_of", "events_of", "rows_of"]

OUTBOUND = "outbound"
"""The trunk of a call that a desk has placed."""


def events_of(call_id: CallId, rows: Iterable[Row]) -> tuple[CallEvent, ...]:
    """What the rows of one call tell, in the order of their times; of a queue's ring that nobody answered nothing."""
    rows = sorted(rows, key=lambda row: row.at)
    own, caller = LegId(call_id.removeprefix(CALL)), caller_of(call_id, rows)
    if caller is None:
        return ()
    if caller != own:
        rows = _since_answered(rows, own, caller)
    story = CelStory(call_id, caller, OUTBOUND if caller != own else "", rows)
    for row in rows:
        story.tell(row)
    return tuple(story.events)


def caller_of(call_id: CallId, rows: Iterable[Row]) -> LegId | None:
    """The leg that names the call; of one that a desk has placed, whose own leg names it, whoever answered there."""
    own, rows = LegId(call_id.removeprefix(CALL)), list(rows)
    if not any(row.leg == own and is_agents(row) for row in rows):
        return own
    return next((row.leg for row in rows if row.event == "ANSWER" and not is_agents(row)), None)


def _since_answered(rows: Iterable[Row], own: LegId, caller: LegId) -> list[Row]:
    """A call that a desk has placed begins with the answer, though the desk's own leg was there before."""
    rows = list(rows)
    begun = next(row.at for row in rows if row.leg == caller and row.event == "ANSWER")
    moved = [replace(row, at=max(row.at, begun)) if row.leg == own else row for row in rows]
    return sorted(moved, key=lambda row: (row.at, row.leg != caller))

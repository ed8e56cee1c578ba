"""A number that an agent has dialled, and the table of how events move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cti.core.dial_events import DialAllowed, DialAnswered, DialAsked, DialEvent, DialNotReached, DialRang
from cti.core.ids import DialId

LONGEST = timedelta(seconds=150)
"""Own phone and the other one ring for less; a dial of which nothing is heard for so long is over."""


class DialState(StrEnum):
    ASKED = "asked"
    DESK = "desk"
    RINGING = "ringing"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """The last one of an agent; `call` is the call that an answer makes, `reason` why there was none."""

    id: DialId
    state: DialState = DialState.ASKED
    since: datetime
    asked_at: datetime
    case_id: str = ""
    callback_id: str = ""
    call: str = ""
    reason: str = ""

    def runs(self, at: datetime) -> bool:
        """Whether the phone at its other end may still be ringing."""
        return self.state in RUNS and at - self.asked_at < LONGEST


_S = DialState
RUNS = frozenset({_S.ASKED, _S.DESK, _S.RINGING})
TRANSITIONS: dict[DialState, dict[type[DialEvent], DialState]] = {
    _S.ASKED: {
        DialAllowed: _S.DESK,
        DialRang: _S.RINGING,
        DialAnswered: _S.ANSWERED,
        DialNotReached: _S.FAILED,
    },
    _S.DESK: {
        DialRang: _S.RINGING,
        DialAnswered: _S.ANSWERED,
        DialNotReached: _S.FAILED,
    },
    _S.RINGING: {DialAnswered: _S.ANSWERED, DialNotReached: _S.FAILED},
    _S.ANSWERED: {DialAsked: _S.ASKED},
    _S.FAILED: {DialAsked: _S.ASKED},
}
"""A later word stands in for one that was not heard; a new dial begins whatever became of the last."""


def advance(before: Dial | None, event: DialEvent) -> Dial | None:
    """The dial after `event`; a word about another one than the last changes nothing."""
    if isinstance(event, DialAsked) or before is None:
        before = _begun(event)
        if isinstance(event, DialAsked):
            return before
    if event.dial != before.id:
        return before
    state = TRANSITIONS[before.state].get(type(event))
    return before if state is None else _changed(replace(before, state=state, since=event.at), event)


def _begun(event: DialEvent) -> Dial:
    """Also by a later word of one that was dialled before our start."""
    return Dial(id=event.dial, since=event.at, asked_at=event.at, case_id=event.case_id, callback_id=event.callback_id)


def _changed(dial: Dial, event: DialEvent) -> Dial:
    match event:
        case DialRang(call=call) | DialAnswered(call=call):
            return replace(dial, call=call)
        case DialNotReached(reason=reason):
            return replace(dial, reason=reason)
        case _:
            return dial

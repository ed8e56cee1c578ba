"""A transfer of the caller to somebody else, and the table of how events move it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cti.core.events import CallEvent
from cti.core.ids import AgentId
from cti.core.leg_events import TransferAsked, TransferDone, TransferFailed


class TransferState(StrEnum):
    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The last one of the call; `kind` is agent, queue, specialist, department or centre."""

    kind: str
    target: str
    agent: AgentId = AgentId("")
    warm: bool = False
    state: TransferState = TransferState.ASKED
    reason: str = ""
    since: datetime | None = None


_S = TransferState
TRANSITIONS: dict[TransferState, dict[type[CallEvent], TransferState]] = {
    _S.ASKED: {TransferAsked: _S.ASKED, TransferDone: _S.DONE, TransferFailed: _S.FAILED},
    _S.DONE: {TransferAsked: _S.ASKED, TransferDone: _S.DONE, TransferFailed: _S.FAILED},
    _S.FAILED: {TransferAsked: _S.ASKED, TransferDone: _S.DONE, TransferFailed: _S.FAILED},
}
"""The dialplan's word may come without ours: with cti away nobody told that it was asked."""


def advance(before: Transfer | None, event: CallEvent) -> Transfer | None:
    """The transfer after `event`; None when the event means nothing to it."""
    if not isinstance(event, TransferAsked | TransferDone | TransferFailed):
        return None
    state = TRANSITIONS[before.state if before else TransferState.ASKED][type(event)]
    if isinstance(event, TransferAsked):
        return Transfer(kind=event.kind, target=event.target, agent=event.agent, warm=event.warm, since=event.at)
    kept = before or Transfer(kind=event.kind, target=event.target)
    reason = event.reason if isinstance(event, TransferFailed) else ""
    return replace(kept, kind=event.kind, target=event.target, state=state, reason=reason, since=event.at)

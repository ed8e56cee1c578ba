"""When a call that the switch does not have any more has ended, by the best sign that is left of it: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from cti.core.events import CallCut, CallEvent, RecordingClosed, RecordingStarted
from cti.core.ids import CallId

MISSING = "missing at resync"
ESTIMATED = "missing at resync, end estimated"
"""Reasons: nobody saw the end. The second one is dated by the last sound of the call, or by the switch's next start."""


def cut(
    call_id: CallId,
    told: Sequence[CallEvent],
    *,
    now: datetime,
    lost_at: datetime | None,
    sound_at: datetime | None,
    switch_since: datetime | None,
) -> CallCut:
    """The end of a call of which `told` is known, never before the last of it.

    `lost_at` is when the switch fell silent, if we were there to notice; `sound_at`, when it last wrote sound of the
    call. Whichever is later is nearer to the end: a session may be lost and its calls go on. Without either no call
    outlives the switch: it was over when the one that runs now was started, at `switch_since`.
    """
    seen = max(event.at for event in told if not isinstance(event, RecordingClosed))
    sounds = [at for at in (sound_at, *_recorded_until(told)) if at is not None and at <= now]
    last = max(sounds, default=None)
    if last is None and lost_at is None and switch_since is not None and seen < switch_since <= now:
        last = switch_since
    if last is None or (lost_at is not None and lost_at >= last):
        return CallCut(call_id=call_id, at=max(lost_at or now, seen), reason=MISSING)
    return CallCut(call_id=call_id, at=max(last, seen), reason=ESTIMATED)


def _recorded_until(told: Iterable[CallEvent]) -> Iterator[datetime]:
    """Ends of recordings that are closed already: a file is closed long after its last sound."""
    told = list(told)
    begun = {event.leg: event.at for event in told if isinstance(event, RecordingStarted)}
    for event in told:
        if isinstance(event, RecordingClosed) and event.leg in begun:
            yield begun[event.leg] + timedelta(seconds=event.seconds)

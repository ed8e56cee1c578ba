"""What a phone itself says of its calls: when it dialled, was answered and ended, and whom it heard and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hotline.phone.ear import Heard, hear
from tests.patience import again_until
from tests.proof.spans import Interval, bridged, clock

BREAK = 0.6
"""Seconds without a tone that a busy machine may make of a talk that goes on."""
SHORTEST = 0.3
CLOSES_LATE, CLOSED_SECONDS = 0.3, 3.0
"""The phone's library closes a file a moment after it says so; what is missing then was never recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCall:
    """`number` is what it called itself; empty for a call that came in. `ended` is None where nobody told it."""

    number: str
    began: datetime
    answered: datetime | None = None
    ended: datetime | None = None


class Tape:
    """All that one phone heard, by the clock on the wall."""

    def __init__(self, file: Path, events: Iterable[dict[str, Any]]) -> None:
        told = {event["event"]: event for event in events if event.get("file") == str(file)}
        self._began, end = told["taping"]["at"], told.get("taped")
        least = end["seconds"] - CLOSES_LATE if end else 0.0
        self._heard: Heard = again_until(lambda: hear(file), lambda heard: heard.seconds >= least, CLOSED_SECONDS)
        lost = max(0.0, end["seconds"] - self._heard.seconds) if end else 0.0
        self.slack = lost + (end["stalled"] if end else 0.0)
        """Seconds in which the phone itself stood still: what it says of times is no better than that."""

    def heard(self, tone: float) -> list[Interval]:
        """From when to when this voice was there."""
        began = clock(self._began)
        spans = [
            (began + timedelta(seconds=begin), began + timedelta(seconds=end))
            for begin, end in self._heard.tone_spans(tone)
        ]
        least = timedelta(seconds=SHORTEST)
        return [(begin, end) for begin, end in bridged(spans, BREAK) if end - begin >= least]


def calls_of(events: Iterable[dict[str, Any]]) -> list[PhoneCall]:
    """Its calls, oldest first; those made beside another one are nobody's talk."""
    calls: list[dict[str, Any]] = []
    for event in events:
        at = clock(event["at"])
        match event:
            case {"beside": True} | {"busy": True}:
                continue
            case {"event": "dialled"}:
                calls.append({"number": event["number"], "began": at})
            case {"event": "ringing"}:
                calls.append({"number": "", "began": at})
            case {"event": "state", "state": "confirmed"} if calls:
                calls[-1].setdefault("answered", at)
            case {"event": "state", "state": "disconnected"} if calls:
                calls[-1].setdefault("ended", at)
            case _:
                pass
    return [PhoneCall(**call) for call in calls]

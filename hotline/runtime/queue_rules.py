"""What the centre has decided about its queues: who is asked too when callers wait long, and who goes first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotline.settings import BadSetting, Settings

QUEUES = ("general", "enterprise")
OWN_QUEUE_WEIGHT = 100
"""A caller who waits for one agent alone goes before all who wait for anybody."""
_OVERFLOW = re.compile(r"([a-z0-9_-]+)>([a-z0-9_-]+):(\d{1,4})\Z")
_WEIGHT = re.compile(r"([a-z0-9_-]+):(\d{1,2})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """Callers of `queue` are offered to the members of `into` as well, once they have waited `seconds`."""

    queue: str
    into: str
    seconds: int


def overflows(settings: Settings) -> list[Overflow]:
    """As the setting `overflow` says. Raises BadSetting."""
    found = [_overflow(part) for part in _parts(settings.overflow)]
    if len({each.queue for each in found}) != len(found):
        raise BadSetting("overflow: each queue may flow into one other only")
    return found


def weights(settings: Settings) -> dict[str, int]:
    """Queue → weight, 0 unless the setting `queue_weights` says more. Raises BadSetting."""
    given = dict(_weight(part) for part in _parts(settings.queue_weights))
    return dict.fromkeys(QUEUES, 0) | given


def _overflow(text: str) -> Overflow:
    match = _OVERFLOW.match(text)
    if match is None or match[1] == match[2] or not {match[1], match[2]} <= set(QUEUES):
        raise BadSetting(f"overflow: {text!r} must be QUEUE>QUEUE:SECONDS with queues of {', '.join(QUEUES)}")
    return Overflow(queue=match[1], into=match[2], seconds=int(match[3]))


def _weight(text: str) -> tuple[str, int]:
    match = _WEIGHT.match(text)
    if match is None or match[1] not in QUEUES:
        raise BadSetting(f"queue_weights: {text!r} must be QUEUE:WEIGHT with a queue of {', '.join(QUEUES)}")
    return match[1], int(match[2])


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]

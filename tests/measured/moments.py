"""A phone's own log as conversations: when it rang, was answered and ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CAME_IN, WENT_OUT = "came in", "went out"


@dataclass(slots=True)
class Conversation:
    """Monotonic seconds. `answered` is the moment in which a hand lifted the receiver, wherever that was."""

    began: float
    way: str
    answered: float | None = None
    ended: float | None = None

    def span(self, now: float) -> tuple[float, float] | None:
        return None if self.answered is None else (self.answered, self.ended or now)


def conversations_of(events: Iterable[dict[str, Any]], since: float = 0.0) -> list[Conversation]:
    """Oldest first; a short call beside another one is none."""
    found: list[Conversation] = []
    for event in events:
        if event["at"] < since:
            continue
        match event:
            case {"beside": True} | {"busy": True}:
                continue
            case {"event": "ringing"}:
                found.append(Conversation(event["at"], CAME_IN))
            case {"event": "dialled"}:
                found.append(Conversation(event["at"], WENT_OUT))
            case {"event": "state", "state": "connecting" | "confirmed"} if found:
                found[-1].answered = found[-1].answered or event["at"]
            case {"event": "state", "state": "disconnected"} if found:
                found[-1].ended = found[-1].ended or event["at"]
            case _:
                pass
    return found

"""What an agent is when no call is there, kept over a talk, its wrap-up and an absence: pure, but for the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from agent_desktop.live_rows import LiveAgent
from agent_desktop.names import AWAY

BACK_WITHIN = 60.0
"""Seconds after which nobody is made ready unasked any more: the page may have come back without its agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """`asked` is the pause that shall follow the call; `away_at` when cti was seen to count the desk as gone."""

    ready: bool = False
    asked: str = ""
    away_at: float | None = None

    def back_to(self, at: float) -> Back | None:
        """What a desk that is back at `at` is to be, if anything but away."""
        if self.away_at is None or at - self.away_at >= BACK_WITHIN:
            return None
        if self.asked:
            return Back(kind="pause", reason=self.asked)
        return Back(kind="ready") if self.ready else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """The command that makes an agent again what he was."""

    kind: str
    reason: str = ""


NOTHING_KNOWN = Rest()


def rested(rest: Rest, before: LiveAgent | None, agent: LiveAgent, at: float) -> Rest:
    """What is known after `agent` was seen at `at`. Whatever somebody asks for while the desk is gone, counts."""
    if is_away(agent):
        if before is None or not is_away(before):
            return replace(rest, away_at=at)
        return rest if before.since == agent.since else NOTHING_KNOWN  # nobody goes twice: this one was asked for
    match agent.state:
        case "ready":
            return Rest(ready=True)
        case "paused" | "offline":
            return NOTHING_KNOWN
        case _:
            return replace(rest, asked="" if agent.pause_asked == AWAY else agent.pause_asked, away_at=None)


def is_away(agent: LiveAgent) -> bool:
    return agent.state == "paused" and agent.reason == AWAY


class Rests:
    """Of all agents, as far as this process has seen them."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._seen: dict[str, LiveAgent] = {}
        self._rests: dict[str, Rest] = {}

    def saw(self, agent: LiveAgent) -> None:
        rest = self._rests.get(agent.id, NOTHING_KNOWN)
        self._rests[agent.id] = rested(rest, self._seen.get(agent.id), agent, self._now())
        self._seen[agent.id] = agent

    def back_to(self, agent_id: str) -> Back | None:
        return self._rests.get(agent_id, NOTHING_KNOWN).back_to(self._now())

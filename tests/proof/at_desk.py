"""The other direction: whether a desk's page heard its callers exactly while the store says that they talked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.proof.compared import ROUND_A_MUTE, TALK
from tests.proof.phone_log import BREAK
from tests.proof.spans import Interval, bridged, padded, seconds, shown, union, without
from tests.proof.stored_call import StoredCall


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """One agent in one story: what is stored of the talks, and when the page heard a caller's tone."""

    agent: str
    talk_s: float
    said: list[Interval]
    heard: list[Interval]
    slack: float = 0.0
    """Seconds in which the callers' phones stood still, and spoke no more than that they listened."""

    @property
    def unheard_s(self) -> float:
        return seconds(without(self.said, self.heard))

    @property
    def untold_s(self) -> float:
        return seconds(without(self.heard, self.said))

    def differs(self) -> list[str]:
        found, allowed = [], TALK + self.slack
        if self.unheard_s > allowed:
            found.append(f"{self.unheard_s:.2f} s of talk are stored and no caller was heard")
        if self.untold_s > allowed:
            found.append(f"callers were heard for {self.untold_s:.2f} s that are not stored")
        if abs(self.talk_s - seconds(self.heard)) > allowed:
            found.append(f"talk_s is {self.talk_s:.2f} and {seconds(self.heard):.2f} s were heard")
        spans = f"heard {shown(self.heard)}; stored {shown(self.said)}"
        return [f"desk {self.agent}: {each}; {spans}" for each in found]


def at_desk(
    agent: str, calls: Iterable[StoredCall], heard: Sequence[tuple[float, float]], slack: float = 0.0
) -> AtDesk | None:
    """All talks of an agent; None when there was none. While a caller is muted nobody can tell."""
    said: list[Interval] = []
    muted: list[Interval] = []
    talk_s, has_talked = 0.0, False
    for call in calls:
        for leg in call.legs:
            if leg["role"] == "agent" and leg["party"] == agent and leg["answered_at"]:
                has_talked = True
                talk_s += leg["talk_s"]
                said += call.with_caller(leg)
                muted += call.muted(call.caller) if call.caller else []
    if not has_talked:
        return None
    silent = padded(muted, ROUND_A_MUTE)
    spans = [(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)) for begin, end in heard]
    return AtDesk(
        agent=agent,
        talk_s=talk_s,
        said=without(union(said), silent),
        heard=without(bridged(spans, BREAK), silent),
        slack=slack,
    )

"""Which faults in which order, how far a run has come, and which of its promises it broke."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

KILLED = ("ivr", "cti", "web")
CUT = "AMI cut"
TELL_EVERY = 30.0
RIGHT_WITHIN, ACCEPTS_WITHIN, LISTED_WITHIN = 5.0, 10.0, 30.0


def plan(cuts: int, kills: int) -> list[str]:
    """Kills of one process far apart, as its keeper waits longer for one that dies again and again."""
    killed = [*itertools.chain.from_iterable(KILLED for _ in range(kills))]
    share = max(1, round(cuts / len(killed))) if killed else cuts
    planned: list[str] = []
    for kill in killed:
        planned += [CUT] * min(share, cuts - planned.count(CUT))
        planned.append(kill)
    return planned + [CUT] * (cuts - planned.count(CUT))


class Progress:
    """Says now and then how many of so many are done, how long it took, and how long the rest may take."""

    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self._total, self._say = total, say
        self._done = 0
        self._begun = self._told = time.monotonic()

    def one_more(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now - self._told < TELL_EVERY and self._done < self._total:
            return
        self._told = now
        spent = now - self._begun
        left = spent / self._done * (self._total - self._done)
        self._say(f"{self._done} of {self._total} faults, {spent / 60:.1f} min; about {left / 60:.1f} min left")


def broken(result: Mapping[str, Any]) -> list[str]:
    """The promises that this run did not keep; empty when it kept all."""
    found = [f"undisturbed: {what}" for what in result["undisturbed"]["wrong"]]
    found += [f"dropped: {result['dropped']}"] * bool(result["dropped"])
    found += [f"right after {row['greatest']} s: {what}" for what, row in result["seconds_until_right"].items()
              if row["greatest"] > RIGHT_WITHIN]  # fmt: skip
    found += [f"{name}: {what}" for name in ("wrong", "twice", "unreadable") for what in result[name]]
    found += _unverified(result["verify"])
    crashes = result.get("asterisk")
    if crashes:
        found += [f"accepting after {crashes['accepting_s']['greatest']} s"] * (
            crashes["accepting_s"]["greatest"] > ACCEPTS_WITHIN
        )
        found += [f"listed after {crashes['listed_s']['greatest']} s"] * (
            crashes["listed_s"]["greatest"] > LISTED_WITHIN
        )
        found += [f"after a crash {name}: {what}" for name in ("not_listed", "unreadable") for what in crashes[name]]
    return found


def _unverified(verify: Mapping[str, Any] | str) -> list[str]:
    if isinstance(verify, str):
        return [f"verify did not answer: {verify}"]
    return [f"verify: {difference}" for difference in verify["differences"]]

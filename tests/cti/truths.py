"""The ground truth of recorded streams: who heard whom, as it was measured at the phones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "fixtures" / "ami"
ROLES = {"citizen": "caller", "spec": "specialist", "sup": "supervisor", "city": "centre"}
HEARD = re.compile(r"  (\w+) hears (\w+): (.*)")

Span = tuple[float, float]
Pair = tuple[str, str]


def streams() -> list[str]:
    """Names of all streams that are kept."""
    return sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.txt"))


def role_of(party: str) -> str:
    """Empty for what is no party: menu, music, prompts."""
    if party.startswith("agent"):
        return "agent"
    return "emergency" if party.startswith("emerg") else ROLES.get(party, "")


@cache
def truth(stream: str) -> dict[Pair, list[Span]]:
    told: dict[Pair, list[Span]] = {}
    for line in (FOLDER / f"{stream}.txt").read_text("utf-8").splitlines():
        found = HEARD.match(line)
        pair = (role_of(found[1]), role_of(found[2])) if found else ("", "")
        if found and all(pair):
            told.setdefault(pair, []).extend(_span(text) for text in found[3].split(", "))
    return told


def _span(text: str) -> Span:
    start, _, end = text.partition("-")
    return float(start), float(end)


def told_by(replayed: dict[str, Any]) -> dict[Pair, list[Span]]:
    """What the command prints, in the same shape."""
    told: dict[Pair, list[Span]] = {}
    for call in replayed["calls"]:
        for row in call["hears"]:
            told.setdefault((row["ear"], row["mouth"]), []).append((row["from"], row["to"]))
    return told


def apart(one: Iterable[Span], other: Iterable[Span]) -> float:
    """Seconds in which exactly one of the two says yes."""
    one, other = list(one), list(other)
    edges = sorted({edge for span in (*one, *other) for edge in span})
    return sum(end - start for start, end in pairwise(edges) if _says(one, start, end) != _says(other, start, end))


def _says(spans: Sequence[Span], start: float, end: float) -> bool:
    return any(first < (start + end) / 2 < last for first, last in spans)


FROZEN = {"agent_frozen", "allsoftmix_agent_frozen"}
"""While the phone was stopped its recorder was too: what it heard later stands at a wrong time in the text."""
IN_A_BROWSER = {"browser_killed", "browser_killed_noami", "browser_reload_bye"}
"""What the agent's browser played was not recorded."""


def unmeasured(stream: str) -> set[Pair]:
    """Pairs of which the text tells nothing, or nothing that can be right."""
    return {("agent", "caller")} if stream in FROZEN | IN_A_BROWSER else set()

"""Today's calls as the board counts them. cti keeps the count: it knows what was before this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from agent_desktop import row_reading as read


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`quick_queue` and `quick_arrival`: answered within 15 s of joining a queue, of arriving."""

    arrived: int = 0
    queued: int = 0
    answered: int = 0
    quick_queue: int = 0
    quick_arrival: int = 0
    given_up: int = 0


NOTHING_YET = Figures()


def figures(_id: str, value: object) -> Figures:
    """Raises BadState for what is no row of figures."""
    row: Mapping[str, object] = read.mapping(value)
    return Figures(**{each.name: read.number(row.get(each.name, 0)) for each in fields(Figures)})

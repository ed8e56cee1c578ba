"""Skills with levels, and what they make an agent in each queue: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cti.core.ids import QueueName

BEST, WORST = 1, 9
OVERFLOW = 10
"""Members from here on are offered a caller only once he has waited too long: the queue's own rule says when."""
_WRITTEN = re.compile(r"([a-z0-9_-]{1,40})(?::([1-9]))?\Z")


class BadSkill(ValueError):
    """A skill is written `queue` or `queue:level`, with a level from 1 (best) to 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One queue whose callers the agent can serve, and how well."""

    queue: QueueName
    level: int = BEST


def skill_of(written: str) -> Skill:
    """The skill in `enterprise` or `enterprise:3`. Raises BadSkill."""
    match = _WRITTEN.match(written)
    if match is None:
        raise BadSkill(written)
    return Skill(queue=QueueName(match[1]), level=int(match[2] or BEST))


def penalties_of(skills: Iterable[Skill], overflow: Mapping[QueueName, QueueName]) -> dict[QueueName, int]:
    """Queue → penalty, own queues first; then those whose callers overflow into one of them."""
    own = {skill.queue: skill.level - BEST for skill in skills}
    others = {queue: OVERFLOW + own[into] for queue, into in overflow.items() if into in own and queue not in own}
    return own | others

"""Specialists who were asked into calls: what became of each, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.names import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistance:
    """A specialist whom an agent asked into a call; `department` is its name then."""

    entry: str
    department: str
    asked_by: str
    asked_at: datetime | None
    answered_at: datetime | None
    talked_seconds: float
    outcome: str
    """talked, busy, refused, unanswered, dead or cancelled; empty while it goes on."""
    solved: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceView:
    who: str
    agent: str
    agent_name: str
    asked_at: datetime | None
    answered_at: datetime | None
    talked_seconds: int
    outcome: str
    solved: bool | None


def assistance_views(told: Iterable[Assistance], names: Names) -> tuple[AssistanceView, ...]:
    return tuple(
        AssistanceView(
            who=_who(each, names),
            agent=each.asked_by,
            agent_name=names.agent(each.asked_by) if each.asked_by else "",
            asked_at=each.asked_at,
            answered_at=each.answered_at,
            talked_seconds=round(each.talked_seconds),
            outcome=each.outcome,
            solved=each.solved,
        )
        for each in told
    )


def _who(told: Assistance, names: Names) -> str:
    """By the directory of today; one that is not in it any more by the department of then."""
    name = names.entry(told.entry)
    return (told.department or name) if name == told.entry else name

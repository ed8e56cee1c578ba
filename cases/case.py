"""What a call becomes: the case, its words, and the table of states it moves through."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

CaseId = NewType("CaseId", UUID)


class Kind(StrEnum):
    CONSULTATION = "consultation"
    HELP = "help"
    SUGGESTION = "suggestion"
    COMPLAINT = "complaint"
    REPORT = "report"
    PRAISE = "praise"


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"


class Outcome(StrEnum):
    DIRECT_ANSWER = "direct_answer"
    DISPATCH = "dispatch"


class Status(StrEnum):
    REGISTERED = "registered"
    ANSWERED = "answered"
    AWAITING_DISPATCH = "awaiting_dispatch"
    CLOSED = "closed"


class Step(StrEnum):
    """What people do with a case; the word in its log."""

    REGISTERED = "registered"
    ANSWERED_DIRECTLY = "answered_directly"
    SENT_FOR_DISPATCH = "sent_for_dispatch"
    CLOSED = "closed"


NAMES: Mapping[StrEnum, str] = {
    Kind.CONSULTATION: "咨询",
    Kind.HELP: "求助",
    Kind.SUGGESTION: "建议",
    Kind.COMPLAINT: "投诉",
    Kind.REPORT: "举报",
    Kind.PRAISE: "表扬",
    Urgency.NORMAL: "一般",
    Urgency.URGENT: "紧急",
    Urgency.CRITICAL: "特急",
    Outcome.DIRECT_ANSWER: "直接答复",
    Outcome.DISPATCH: "派单",
    Status.REGISTERED: "登记",
    Status.ANSWERED: "直接答复",
    Status.AWAITING_DISPATCH: "待派",
    Status.CLOSED: "办结",
    Step.REGISTERED: "登记",
    Step.ANSWERED_DIRECTLY: "直接答复",
    Step.SENT_FOR_DISPATCH: "提交派单",
    Step.CLOSED: "办结",
}
"""What people read. Everything else stores the word on the left."""

TRANSITIONS: Mapping[Status | None, Mapping[Step, Status]] = {
    None: {Step.REGISTERED: Status.REGISTERED},
    Status.REGISTERED: {
        Step.ANSWERED_DIRECTLY: Status.ANSWERED,
        Step.SENT_FOR_DISPATCH: Status.AWAITING_DISPATCH,
    },
    Status.ANSWERED: {Step.CLOSED: Status.CLOSED},
    Status.AWAITING_DISPATCH: {Step.ANSWERED_DIRECTLY: Status.ANSWERED},
    Status.CLOSED: {},
}

STEPS_OF_SAVING: Mapping[Outcome, tuple[Step, ...]] = {
    Outcome.DIRECT_ANSWER: (Step.REGISTERED, Step.ANSWERED_DIRECTLY, Step.CLOSED),
    Outcome.DISPATCH: (Step.REGISTERED, Step.SENT_FOR_DISPATCH),
}
"""What the agent's one click means."""


class UnexpectedStep(Exception):
    """A case cannot take this step in its state; nothing was changed."""

    code = "unexpected_step"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of a case's history; never changed afterwards."""

    entry_no: int
    at: datetime
    actor: str
    step: Step
    status_before: Status | None
    status_after: Status
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as far as its way goes; what it is about lies in its form."""

    id: CaseId
    status: Status | None = None
    entries: int = 0
    closed_at: datetime | None = None


def advance(case: Case, step: Step, *, at: datetime, actor: str, note: str = "") -> tuple[Case, LogEntry]:
    """The case after `step`, and the line of its log. Raises UnexpectedStep."""
    try:
        status = TRANSITIONS[case.status][step]
    except KeyError:
        where = NAMES[case.status] if case.status else "未登记"
        raise UnexpectedStep(f"工单当前为“{where}”，不能{NAMES[step]}") from None
    closed_at = at if status is Status.CLOSED else None
    moved = replace(case, status=status, entries=case.entries + 1, closed_at=closed_at)
    entry = LogEntry(
        entry_no=moved.entries,
        at=at,
        actor=actor,
        step=step,
        status_before=case.status,
        status_after=status,
        note=note,
    )
    return moved, entry


def saved(case: Case, outcome: Outcome, *, at: datetime, actor: str) -> tuple[Case, list[LogEntry]]:
    """A new case after the agent's click on save, with its first lines."""
    entries = []
    for step in STEPS_OF_SAVING[outcome]:
        case, entry = advance(case, step, at=at, actor=actor)
        entries.append(entry)
    return case, entries


def new_case_id(at: datetime) -> CaseId:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then chance. Made by the program, not the store."""
    milliseconds = int(at.timestamp() * 1000)
    chance = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return CaseId(UUID(int=value))


def printed_number(prefix: str, day: date, count: int) -> str:
    """What is read out to the caller: prefix of the centre, day, and the day's count: DM2026112100001."""
    return f"{prefix}{day:%Y%m%d}{count:05d}"

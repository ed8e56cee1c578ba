"""A case's states as a table: every state has its row, and a step that is not in it changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from uuid import UUID

import pytest

from cases.case import (
    NAMES,
    STEPS_OF_SAVING,
    TRANSITIONS,
    Case,
    Kind,
    Outcome,
    Status,
    Step,
    UnexpectedStep,
    Urgency,
    advance,
    new_case_id,
    printed_number,
    saved,
)
from storage.months import UNKNOWN_MONTH, month_of_case

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def test_every_state_has_its_row_and_every_word_its_name() -> None:
    assert set(TRANSITIONS) == {None, *Status}
    assert set(NAMES) == {*Kind, *Urgency, *Outcome, *Status, *Step}
    assert set(STEPS_OF_SAVING) == set(Outcome)


def test_every_state_can_be_reached_and_closed_is_the_end() -> None:
    reached = {status for row in TRANSITIONS.values() for status in row.values()}
    assert reached == set(Status)
    assert TRANSITIONS[Status.CLOSED] == {}


def test_a_direct_answer_goes_from_registration_to_the_end() -> None:
    case, log = saved(Case(id=new_case_id(NOON)), Outcome.DIRECT_ANSWER, at=NOON, actor="1001")
    assert (case.status, case.closed_at) == (Status.CLOSED, NOON)
    assert [entry.entry_no for entry in log] == [1, 2, 3]
    assert all(before.status_after is after.status_before for before, after in pairwise(log))


def test_a_case_for_dispatch_waits_and_is_open() -> None:
    case, _ = saved(Case(id=new_case_id(NOON)), Outcome.DISPATCH, at=NOON, actor="1001")
    assert (case.status, case.closed_at) == (Status.AWAITING_DISPATCH, None)


def test_a_step_that_does_not_fit_is_refused_in_words_and_changes_nothing() -> None:
    case, _ = saved(Case(id=new_case_id(NOON)), Outcome.DIRECT_ANSWER, at=NOON, actor="1001")
    with pytest.raises(UnexpectedStep, match="办结"):
        advance(case, Step.SENT_FOR_DISPATCH, at=NOON, actor="1001")
    with pytest.raises(UnexpectedStep, match="未登记"):
        advance(Case(id=case.id), Step.CLOSED, at=NOON, actor="1001")
    assert case.status is Status.CLOSED


def test_case_ids_are_version_7_in_the_order_of_time_and_never_the_same() -> None:
    first = new_case_id(NOON)
    assert first.version == 7
    assert first.variant == "specified in RFC 4122"
    assert month_of_case(first) == date(2026, 11, 1)
    assert first < new_case_id(datetime(2026, 11, 21, 4, 0, 1, tzinfo=UTC))
    assert len({new_case_id(NOON) for _ in range(1000)}) == 1000


def test_an_id_of_another_kind_names_no_month_and_no_case() -> None:
    assert month_of_case(UUID(int=2**127)) == UNKNOWN_MONTH


def test_a_printed_number_is_prefix_day_and_five_digits() -> None:
    assert printed_number("YZ", date(2026, 11, 21), 42) == "YZ2026112100042"

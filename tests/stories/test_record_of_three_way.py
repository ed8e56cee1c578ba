"""A three-way talk is a fact of the case: what the specialist was asked about, and whether it helped."""

from __future__ import annotations

import json

import pytest

from tests.patience import LONG
from tests.stories.case_page import CasePage
from tests.stories.desk import expect
from tests.stories.test_other_parties import SPECIALIST, ask_specialist, outside

pytestmark = [pytest.mark.real, pytest.mark.browser]

__all__ = ["outside"]

ASKED = "SELECT body FROM events WHERE call_id = $1 AND kind = 'SpecialistAsked'"
SOLVED = "SELECT solved FROM three_ways WHERE call_id = $1"


def test_what_the_form_said_goes_into_the_record_and_solved_is_said_until_the_case_is_saved(
    desk, citizen, outside, book
):
    page, caller, specialist = desk("1001"), citizen(), outside(SPECIALIST)
    caller.press("3")
    page.answer_and_hear()
    call_id = page.call_id()
    case = CasePage(page).fill("加班三个月，没有加班工资", kind="complaint", initials="tqgz", answer="已请专员说明")
    ask_specialist(page, "ldgx", "laodong")
    specialist.wait("ringing", seconds=LONG)
    specialist.answer()
    specialist.wait_state("confirmed", seconds=LONG)
    for _ in range(20):
        specialist.press("1")
        if page.mark("threeway") in {"consulting", "merged"}:
            break
        page.page.wait_for_timeout(1500)
    page.act("merge")
    page.wait_mark("mode", "three-way", seconds=LONG)
    specialist.hang_up()
    page.wait_mark("mode", "in-call", seconds=LONG)
    page.act("unsolved")
    (asked,) = book.wait(lambda: book.rows(ASKED, call_id), "what was asked", LONG)
    body = json.loads(asked["body"]) if isinstance(asked["body"], str) else asked["body"]
    assert (body["kind"], body["class_code"]) == ("complaint", "040101")
    assert set(body["summary"]) == {"k", "c"}, "an agent's text may name the caller: sealed"
    book.wait(lambda: [row["solved"] for row in book.rows(SOLVED, call_id)] == [False], "not solved", LONG)
    page.hang_up()
    caller.wait_over(seconds=LONG)
    page.wait_mark("agent", "ready", seconds=LONG)
    page.act("solved")
    book.wait(lambda: [row["solved"] for row in book.rows(SOLVED, call_id)] == [True], "said again after all", LONG)
    case.submit()
    for key in ("solved", "unsolved"):
        expect(page.page.locator(f"third-panel [data-act={key}]")).to_be_disabled()

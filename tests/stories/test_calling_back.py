"""Calls that a desk makes: about a case, to a missed caller; what becomes of them is told, counted and kept."""

from __future__ import annotations

import pytest

from hotline.phone.client import Phone
from tests.patience import LONG
from tests.stories.case_book import CaseBook
from tests.stories.case_page import DISPATCH, CasePage
from tests.stories.desk import Desk, expect

pytestmark = [pytest.mark.real, pytest.mark.browser]

OURS = "990070"
"""The test phone that the first citizen has: the gate lets nothing else pass."""
OUTSIDE = "13900004444"
MISSED = "SELECT * FROM callbacks WHERE missed_at >= to_timestamp($1) ORDER BY missed_at"


def gives_up(caller: Phone, book: CaseBook, times: int = 1) -> str:
    """The caller leaves the queue before anybody is there; the missed call's id once it is listed."""
    caller.press("3")
    book.wait(lambda: [row for row in book.calls() if row["joined_at"] and not row["ended_at"]], "him in the queue", 60)
    caller.hang_up()
    caller.wait_over(seconds=LONG)
    rows = book.wait(lambda: len(found := book.rows(MISSED, book.opened_at - 0.5)) == times and found, "the list", LONG)
    return str(rows[-1]["call_id"])


def missed(book: CaseBook, call_id: str) -> dict[str, object]:
    (row,) = book.rows("SELECT * FROM callbacks WHERE call_id = $1", call_id)
    return row


def clicks_back(page: Desk, call_id: str) -> None:
    page.open_view("callbacks")
    page.page.click(f"[data-callback-id='{call_id}'] [data-callback-take]")


def test_a_missed_caller_is_busy_then_calls_again_in_vain_and_is_reached_by_the_second_attempt(
    desk, citizen, book, healthy
):
    caller = citizen(number=OURS)
    first = gives_up(caller, book)
    page = desk("1001")
    caller.when_called(486)
    clicks_back(page, first)
    page.page.wait_for_selector(".toast:has-text('占线')", timeout=LONG * 1000)
    caller.wait_over(seconds=LONG)
    book.wait(lambda: missed(book, first)["last_outcome"] == "busy", "what became of the attempt", LONG)
    row = missed(book, first)
    assert (row["attempts"], row["last_outcome"], row["taken_by"]) == (1, "busy", "1001")
    page.open_view("desk")
    page.open_view("callbacks")
    line = page.page.locator(f"[data-callback-id='{first}']")
    expect(line).to_contain_text("后可再拨", timeout=LONG * 1000)
    expect(line.locator("[data-callback-take]")).to_have_count(0)
    page.page.click(".rail [data-view=desk]")

    caller.call(f"sip:12345@127.0.0.1:{healthy.settings.port('sip')}", number=OURS)
    caller.wait_answered(seconds=LONG)
    caller.press("3")
    page.wait_mark("call", "ringing", seconds=LONG)
    caller.hang_up()
    caller.wait_over(seconds=LONG)
    page.wait_mark("call", "idle", "wrap-up", seconds=LONG)
    rows = book.wait(lambda: len(found := book.rows(MISSED, book.opened_at - 0.5)) == 2 and found, "both", LONG)
    second = str(rows[-1]["call_id"])
    caller.when_called("ring")
    clicks_back(page, second)
    caller.wait("ringing", seconds=LONG)
    page.wait_mark("mode", "dialling", seconds=LONG)
    assert missed(book, first)["state"] == "taken", "one attempt for all of the number's calls"
    caller.answer()
    page.wait_mark("call", "in-call", seconds=LONG)
    page.wait_mark("audio", "flowing", seconds=LONG)
    book.wait(lambda: missed(book, second)["state"] == "done", "done by the talk itself", LONG)
    page.hang_up()
    caller.wait_over(seconds=LONG)
    for row in (missed(book, first), missed(book, second)):
        assert (row["state"], row["closed_as"], row["closed_by"]) == ("done", "reached", "1001")

    page.open_view("callbacks")
    page.page.click(f"[data-callback-id='{second}'] [data-callback-done=unanswered]")
    book.wait(lambda: missed(book, second)["state"] == "open", "corrected by its agent", LONG)
    assert missed(book, second)["last_outcome"] == "unanswered"
    book.last_call(outcome="answered")
    assert missed(book, second)["state"] == "open", "the call that was none does not close it again"


def in_a_case(page: Desk, caller: Phone) -> str:
    """The caller of this number has a case of 1001; its id."""
    caller.press("3")
    page.answer_and_hear()
    CasePage(page).fill("路灯不亮，请回拨", outcome=DISPATCH).submit()
    page.hang_up()
    caller.wait_over(seconds=LONG)
    page.wait_mark("agent", "ready", seconds=LONG)
    page.open_view("cases")
    row = page.page.locator("#view [data-case-id]", has_text="路灯不亮，请回拨").first
    return str(row.get_attribute("data-case-id", timeout=LONG * 1000))


def test_the_caller_of_a_case_is_called_back_and_the_call_belongs_to_the_case(desk, citizen, book):
    page, caller = desk("1001"), citizen(number=OURS)
    case_id = in_a_case(page, caller)
    caller.when_called("ring")
    page.page.click(f"#view [data-dial-case='{case_id}']")
    caller.wait("ringing", seconds=LONG)
    page.wait_mark("mode", "dialling", seconds=LONG)
    caller.answer()
    page.wait_mark("call", "in-call", seconds=LONG)
    page.wait_mark("audio", "flowing", seconds=LONG)
    page.page.wait_for_selector(f"caller-card [data-case-id='{case_id}']:has-text('本次回拨')", timeout=LONG * 1000)
    page.hang_up()
    caller.wait_over(seconds=LONG)
    calls = book.wait(lambda: len(found := calls_of(book, case_id)) == 2 and found, "both calls of the case", LONG)
    assert [row["trunk"] == "outbound" for row in calls] == [False, True]
    assert calls[-1]["agent_id"] == "1001"


def calls_of(book: CaseBook, case_id: str) -> list[dict[str, object]]:
    return book.rows(
        "SELECT calls.* FROM case_calls JOIN calls USING (centre_id, call_id) WHERE case_id = $1::text::uuid"
        " ORDER BY arrived_at",
        case_id,
    )


def test_a_number_outside_the_gate_is_refused_in_words_at_the_desk_and_nobody_rings(desk, citizen, book):
    page, caller = desk("1001"), citizen(number=OUTSIDE)
    case_id = in_a_case(page, caller)
    page.page.click(f"#view [data-dial-case='{case_id}']")
    page.page.wait_for_selector(".toast:has-text('不在允许呼出的范围')", timeout=LONG * 1000)
    page.page.keyboard.press("Control+k")
    page.page.fill("#dial-number", "110")
    page.page.keyboard.press("Enter")
    expect(page.page.locator("dial-box .problem")).to_contain_text("不在允许呼出的范围", timeout=LONG * 1000)
    page.page.keyboard.press("Escape")
    assert page.mark("call") == "idle"
    book.wait(lambda: len(dials(book)) == 2, "both refusals in the journal", LONG)
    assert len(calls_of(book, case_id)) == 1


def dials(book: CaseBook) -> list[dict[str, object]]:
    return book.rows(
        "SELECT * FROM events WHERE kind = 'DialNotReached' AND at >= to_timestamp($1) AND body->>'reason' = $2",
        book.opened_at,
        "not_allowed",
    )

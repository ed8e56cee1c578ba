"""What was said becomes a saved case, linked to its call and to what can be heard of it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from hotline.phone.ear import hear
from tests.patience import until
from tests.stories.case_page import DIRECT, DISPATCH, CasePage
from tests.stories.conftest import AGENT_TONES, CALLER_TONE
from tests.stories.desk import expect

pytestmark = [pytest.mark.real, pytest.mark.browser]

MANHOLE = "010702"
TOLD_ONCE = {"CallArrived": 1, "AgentAnswered": 1, "CallerHungUp": 1, "RecordingStarted": 2, "RecordingClosed": 2}


def case_of(book, number: str) -> dict[str, Any]:
    """The case of this printed number with the call that it is linked to."""
    [row] = book.rows(
        "SELECT cases.*, case_calls.call_id FROM cases LEFT JOIN case_calls USING (centre_id, created_month, case_id)"
        " WHERE cases.number = $1",
        number,
    )
    return row


def closed_recordings(book, call_id: str, count: int = 2, seconds: float = 60.0) -> list[dict[str, Any]]:
    """A call's recordings, once so many of them are closed."""
    sql = "SELECT * FROM recordings WHERE call_id = $1 AND state = 'closed' ORDER BY role"

    def found() -> list[dict[str, Any]]:
        rows = book.rows(sql, call_id)
        return rows if len(rows) == count else []

    return book.wait(found, f"{count} closed recordings of {call_id}", seconds)


def test_a_direct_answer_is_linked_with_its_call_its_events_and_both_recordings(healthy, desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    form = CasePage(page).fill("城东路口井盖缺失", answer="已告知处理流程", outcome=DIRECT)
    number = form.submit()
    page.hear(2.0)
    phone.hang_up()
    call = book.last_call(outcome="answered")
    case = case_of(book, number)
    assert (case["call_id"], case["created_by"]) == (call["call_id"], "1001")
    assert (case["class_code"], case["district"], case["kind"]) == (MANHOLE, "02", "help")
    assert (case["text"], case["answer"], case["outcome"]) == ("城东路口井盖缺失", "已告知处理流程", "direct_answer")
    assert case["closed_at"] is not None
    recordings = closed_recordings(book, call["call_id"])
    kinds = book.events(call["call_id"])
    assert {kind: kinds.count(kind) for kind in TOLD_ONCE} == TOLD_ONCE
    assert_both_tones(healthy, recordings)


def assert_both_tones(hotline, recordings: list[dict[str, Any]]) -> None:
    """Both files are as their rows say, and both parties can be heard on each."""
    assert [row["role"] for row in recordings] == ["agent", "caller"]
    for row in recordings:
        file = hotline.home / row["uri"]
        assert file.is_relative_to(hotline.home / "recordings/closed")
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"]
        sound = hear(file)
        for tone in (CALLER_TONE, AGENT_TONES["1001"]):
            assert sound.tone_seconds(tone) > 1.5, f"{tone:g} Hz in {row['role']}: {sound.tone_seconds(tone):.1f} s"


def test_a_case_for_dispatch_has_a_date_by_which_it_is_due(desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    number = CasePage(page).fill("路灯连续三晚不亮", initials="ldbl", outcome=DISPATCH).submit()
    phone.hang_up()
    case = case_of(book, number)
    assert case["status"] == "awaiting_dispatch"
    assert case["due_at"] > case["created_at"]
    assert case["call_id"] == book.last_call()["call_id"]


def test_what_was_typed_survives_a_page_reload_in_mid_call(desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    form = CasePage(page).fill("写到一半的诉求", answer="先记下")
    call_id = page.call_id()
    form.wait_draft_on_server(call_id)
    page.reload()
    page.wait_mark("call", "ringing", seconds=120)
    page.answer_and_hear()
    assert page.call_id() == call_id
    expect(page.page.locator("#case-text")).not_to_have_value("")
    assert form.written() == ("写到一半的诉求", "先记下", "02")
    number = form.submit()
    phone.hang_up()
    assert case_of(book, number)["call_id"] == call_id


def test_my_calls_and_my_cases_show_it_and_the_recording_plays_for_this_agent_alone(desk, citizen, book):
    page = desk("1001")
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    page.listen(1.5)  # both recordings are longer than what is asked for below
    number = CasePage(page).fill("公厕无人清扫", initials="gcgl", answer="已记录").submit()
    phone.hang_up()
    call_id = book.last_call()["call_id"]
    closed_recordings(book, call_id)
    page.open_view("cases")
    page.page.locator("#view tr", has_text=number).wait_for(timeout=60_000)
    page.open_view("calls")
    row = page.page.locator(f"#view tr[data-call-id='{call_id}']")
    row.wait_for(timeout=60_000)
    assert number in row.inner_text()
    legs = str(row.locator("[data-play-call]").get_attribute("data-legs")).split()
    assert len(legs) == 2
    for url in legs:
        assert page.play(url) > 0.5
        assert page.status_of(url, {"Range": "bytes=0-99"}) == 206
    heard_again(page.page, row, call_id)
    other = desk("1002", ready=False)
    assert other.status_of(f"/api/calls/{call_id}/lanes") in {403, 404}
    assert other.status_of(url) in {403, 404}
    assert other.status_of(url, {"Range": "bytes=0-99"}) in {403, 404}


def heard_again(page, row, call_id: str) -> None:
    """The player of the page, under its real policy: a lane a party, and it comes forward."""
    row.locator("[data-play-call]").click()
    page.locator("call-player .lane").first.wait_for(timeout=60_000)
    roles = page.locator("call-player .lane").evaluate_all("all => all.map((each) => each.dataset.role)")
    assert roles == ["caller", "agent"]
    page.click("call-player [data-act=play]")
    until(lambda: float(page.get_attribute("call-player", "data-at") or 0) > 0.5, f"{call_id} is heard again")
    page.click("call-player [data-act=close-player]")

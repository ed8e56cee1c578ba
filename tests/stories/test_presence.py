"""A desk at which nobody would hear a ring gets no call: a supervisor sees it on the board."""

from __future__ import annotations

import pytest

from tests.stories.desk import Desk

pytestmark = [pytest.mark.real, pytest.mark.browser]


def seat_is(board: Desk, agent: str, *states: str) -> None:
    """Wait until the board shows this seat so."""
    wanted = ", ".join(f"[data-seat='{agent}'][data-state='{state}']" for state in states)
    board.page.wait_for_selector(wanted, timeout=30_000)


def test_a_closed_page_gets_no_call_and_is_ready_again_when_it_is_back_soon(desk):
    board = desk("9001", ready=False)
    board.open_view("board")
    page = desk("1001")
    seat_is(board, "1001", "ready")
    page.page.goto("about:blank")
    seat_is(board, "1001", "fault")
    page.page.go_back()
    page.wait_mark("phone", "registered", seconds=30)
    seat_is(board, "1001", "ready")


def test_a_page_lost_in_wrap_up_is_ready_again_when_it_is_back_soon(desk, citizen):
    board = desk("9001", ready=False)
    board.open_view("board")
    page, phone = desk("1001"), citizen()
    phone.press("3")
    page.answer_and_hear()
    phone.hang_up()
    seat_is(board, "1001", "wrap-up")
    page.page.goto("about:blank")
    seat_is(board, "1001", "fault")
    page.page.go_back()
    page.wait_mark("phone", "registered", seconds=30)
    seat_is(board, "1001", "ready")


def test_a_page_lost_in_a_talk_has_its_caller_back_when_it_is_back_soon(desk, citizen):
    board = desk("9001", ready=False)
    board.open_view("board")
    page, phone = desk("1001"), citizen()
    phone.press("3")
    page.answer_and_hear()
    page.page.goto("about:blank")
    seat_is(board, "1001", "fault")
    page.page.go_back()
    page.wait_mark("phone", "registered", seconds=30)
    page.answer_and_hear()
    phone.hang_up()
    page.wait_mark("agent", "ready")

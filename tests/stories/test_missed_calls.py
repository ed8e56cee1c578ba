"""Callers whom nobody has helped are on the list of those to be called back, whatever has cut them off."""

from __future__ import annotations

import signal
import time

import pytest

pytestmark = [pytest.mark.real, pytest.mark.browser]

TALKER, IN_MENU, WAITING = "13900004001", "13900004002", ("13900004003", "13900004004")
WITHHELD = "anonymous"
CUT = {TALKER, IN_MENU, *WAITING}
LISTED = "SELECT * FROM callbacks WHERE missed_at >= to_timestamp($1) ORDER BY missed_at"


def test_every_caller_whom_a_crash_of_asterisk_cuts_off_is_to_be_called_back(healthy, desk, citizen, book):
    page = desk("1001")
    talker = citizen(number=TALKER)
    talker.press("3")
    page.answer_and_hear()
    citizen(number=IN_MENU)
    for number in (*WAITING, WITHHELD):
        citizen(number=number).press("3")
    # a menu that nothing is pressed in leads to the queue as well, sooner or later
    arrived = book.wait(lambda: len(found := waiting(book)) >= 3 and found, "the callers in the queue", 60)
    withheld = [row["call_id"] for row in arrived if row["number_hash"] is None]
    assert len(withheld) == 1
    killed_at = time.time()
    killed = healthy.signal("asterisk", signal.SIGKILL)
    healthy.wait_up("asterisk", other_than=killed, seconds=60)
    rows = book.wait(lambda: len(found := book.rows(LISTED, killed_at - 1)) == len(CUT) and found, "the list", 90)
    print(f"{len(rows)} cut callers on the list {time.time() - killed_at:.1f} s after kill -9")
    assert {row["stage"] for row in rows} == {"cut"}
    assert {row["state"] for row in rows} == {"open"}
    assert withheld[0] not in {row["call_id"] for row in rows}
    assert {outcome(book, row["call_id"]) for row in rows} == {("cut", "system")}


def waiting(book):
    return [row for row in book.calls() if row["joined_at"] and not row["answered_at"] and not row["ended_at"]]


def outcome(book, call_id):
    (row,) = book.rows("SELECT outcome, ended_by FROM calls WHERE call_id = $1", call_id)
    return row["outcome"], row["ended_by"]

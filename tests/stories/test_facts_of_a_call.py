"""What the store knows of a call with a policy specialist; its figures are proved as those of every story are."""

from __future__ import annotations

import pytest

from tests.stories.test_other_parties import SPECIALIST, ask_specialist, outside

pytestmark = [pytest.mark.real, pytest.mark.browser]

__all__ = ["outside"]

TRACKS = """async (url) => {
    const answer = await fetch(url);
    const sound = new DataView(await answer.arrayBuffer());
    return [answer.headers.get("X-Hotline-Tracks"), sound.getUint16(22, true), sound.getUint32(40, true)];
}"""

LOOK = "async (url) => (await fetch(url)).json()"


def test_a_three_way_call_is_in_the_store_as_it_was_at_the_phones(desk, citizen, outside, book):
    page, caller, specialist = desk("1001"), citizen(), outside(SPECIALIST)
    caller.press("3")
    page.answer_and_hear()
    call_id = page.call_id()
    ask_specialist(page, "ldgx", "laodong")
    specialist.wait("ringing", seconds=60)
    specialist.answer()
    specialist.wait_state("confirmed", seconds=60)
    for _ in range(20):
        specialist.press("1")
        if page.mark("threeway") in {"consulting", "merged"}:
            break
        page.page.wait_for_timeout(1500)
    page.wait_mark("mode", "consult", seconds=30)
    page.page.wait_for_timeout(2000)
    page.act("merge")
    page.wait_mark("mode", "three-way", seconds=30)
    page.page.wait_for_timeout(3000)
    caller.hang_up()
    specialist.wait_over(seconds=60)
    book.wait(lambda: [call for call in book.calls() if call["call_id"] == call_id and call["ended_at"]], "its end", 40)
    legs = book.wait(lambda: ended_legs(book, call_id), "three ended legs", 40)
    (fact,) = book.rows("SELECT * FROM three_ways WHERE call_id = $1", call_id)
    assert (fact["entry"], fact["asked_by"], fact["outcome"], fact["leg"]) == (
        "laodong",
        "1001",
        "talked",
        legs["specialist"]["leg"],
    )
    assert fact["asked_at"] < fact["answered_at"] < fact["accepted_at"] < fact["merged_at"] < fact["ended_at"]
    assert fact["talked_s"] > legs["specialist"]["talk_s"] > 0
    (call,) = book.rows("SELECT * FROM calls WHERE call_id = $1", call_id)
    assert (call["outcome"], call["ended_by"]) == ("answered", "caller")
    assert call["talk_s"] == pytest.approx(legs["agent"]["talk_s"])
    assert book.rows("SELECT * FROM callbacks WHERE call_id = $1", call_id) == []
    closed = "SELECT * FROM recordings WHERE call_id = $1 AND state = 'closed'"
    recorded = book.wait(lambda: len(found := book.rows(closed, call_id)) == 3 and found, "three recordings", 40)
    assert {row["role"] for row in recorded} == {"caller", "agent", "specialist"}
    names, channels, size = page.page.evaluate(TRACKS, f"/recordings/call/{call_id}")
    assert names.split(",") == ["caller", "agent:1001", "specialist:laodong"]
    assert channels == 3
    assert size / (channels * 16000) >= max(row["seconds"] for row in recorded)
    (helper,) = page.page.evaluate(LOOK, f"/api/calls/{call_id}/lanes")["assistance"]
    shown = (helper["agent"], helper["outcome"], helper["solved"], helper["talked_seconds"])
    assert shown == ("1001", "talked", None, round(fact["talked_s"]))
    assert helper["asked_at"] < helper["answered_at"]


def ended_legs(book, call_id):
    rows = book.rows("SELECT * FROM call_legs WHERE call_id = $1 AND to_at IS NOT NULL", call_id)
    legs = {row["role"]: row for row in rows}
    return legs if {"caller", "agent", "specialist"} <= legs.keys() else None

"""An emergency from the desk and its record: the form's place is read at the operator's phone and in the store."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hotline.trial import Trial
from tests.stories.case_book import CaseBook
from tests.stories.conftest import CALLER_NUMBER
from tests.stories.desk import Desk
from tests.stories.test_other_parties import OPERATOR, in_call, on_the_route, outside
from tests.telephony.emergency_story import header

pytestmark = [pytest.mark.real, pytest.mark.browser]

__all__ = ["outside"]

PLACE, SUMMARY = "人民路1号东门", "老人摔倒在楼道里"


def said(healthy: Trial, *words: str) -> Any:
    """What the command line answers."""
    done = healthy.command("emergencies", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def asked(page: Desk, path: str) -> Any:
    """The same over HTTP, with the desk's own session."""
    return page.page.evaluate("async (path) => (await fetch(path)).json()", path)


def test_the_place_in_the_form_reaches_the_operator_and_the_record_is_whole(desk, citizen, outside, healthy, book):
    page, caller = in_call(desk, citizen)
    call_id = page.call_id()
    operator = on_the_route(healthy, outside(OPERATOR))
    page.page.select_option("#district", "02")
    page.page.fill("#place", PLACE)
    page.page.fill("#case-text", SUMMARY)
    page.page.keyboard.press("F10")
    page.page.wait_for_selector(".sos.armed")
    page.page.keyboard.press("1")
    rung = operator.wait("ringing", seconds=60)
    assert header(rung["headers"], "X-Hotline-Location").endswith(PLACE)
    assert header(rung["headers"], "X-Hotline-Summary") == SUMMARY
    operator.answer()
    operator.wait_state("confirmed", seconds=60)
    page.wait_mark("mode", "sos-up", seconds=30)
    operator.hang_up()
    page.wait_mark("mode", "sos-over", seconds=30)
    operator.wait_over(seconds=60)
    page.act("sos-again")
    operator.wait("ringing", lambda event: event is not rung, seconds=60)
    page.wait_mark("mode", "sos", seconds=30)
    page.page.keyboard.press("Escape")
    page.wait_mark("mode", "in-call", seconds=30)
    caller.hang_up()
    page.wait_mark("call", "wrap-up", "idle", seconds=30)
    book.wait(lambda: [row for row in both(book, call_id) if row["outcome"] == "cancelled"], "the second press", 40)
    first, second = [each for each in said(healthy, "list")["emergencies"] if each["call_id"] == call_id]
    assert (first["outcome"], first["ended_by"], first["how"], first["pressed_by"]) == (
        "reached",
        "operator",
        "desk",
        "1001",
    )
    assert first["operator"]["stayed_s"] > 0
    assert first["location"].endswith(PLACE)
    assert (first["summary"], first["location_from"], first["district"]) == (SUMMARY, "desk", "02")
    assert (second["outcome"], second["ended_by"], second["location"]) == ("cancelled", "agent", first["location"])
    assert [each["result"] for each in first["routes"]] == ["answered"]
    assert {each["role"] for each in first["recordings"]} >= {"caller", "agent", "emergency"}
    assert CALLER_NUMBER not in json.dumps(first)
    over_http, shown = asked(page, f"/api/emergencies/{first['id']}"), said(healthy, "show", first["id"])
    del over_http["recordings"], shown["recordings"]  # they may just be closed
    assert over_http == shown
    assert said(healthy, "show", first["id"], "--number")["caller"]["number"] == CALLER_NUMBER
    acts = book.rows("SELECT actor, act FROM audit WHERE subject = $1 ORDER BY place", first["id"])
    assert [row["act"] for row in acts] == ["emergency_shown", "emergency_shown", "number_revealed"]
    assert acts[0]["actor"] == "1001"


def both(book: CaseBook, call_id: str) -> list[dict[str, Any]]:
    return list(book.rows("SELECT * FROM emergencies WHERE call_id = $1 ORDER BY place", call_id))

"""Nothing of the desk is closed to those who see, hear or move differently: axe-core over each page and state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import violations
from tests.browser.heard_calls import Shelf, a_row
from tests.browser.looking import CALL, IN_CALL, ORIGIN, Looking, ago, an_agent
from tests.browser.states import STATES
from tests.browser.test_desk_look import shoot

pytestmark = [pytest.mark.browser]

IDLE = {**IN_CALL, "session": "none", "call": None, "subject": "", "subjectCall": None}
WITHOUT_CALL = ("ready", "paused", "offline", "ringing", "wrap-up")
SMALL = (1366, 625)
REFERENCE: dict[str, Any] = {
    "kinds": [{"code": "complaint", "name": "投诉"}, {"code": "help", "name": "求助"}],
    "urgencies": [{"code": "normal", "name": "一般"}, {"code": "urgent", "name": "紧急"}],
    "classes": [{"code": "010203", "name": "施工噪声", "path": ["城乡建设", "噪声"], "initials": ["sgzs"]}],
    "districts": [{"code": "demo", "name": "示范区"}],
    "pause_reasons": [{"code": "用餐", "name": "用餐"}],
}


@pytest.fixture
def look(look: Looking) -> Looking:
    """The desk with its lists of choices: menus and the form are full."""
    look.show(reference=REFERENCE)
    return look


def test_axe_finds_what_is_wrong(look: Looking) -> None:
    """A check that finds nothing must be able to find something."""
    look.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button></button><img src=\"data:,\">')")
    rules = {each.split(": ")[1] for each in violations(look.page)}
    assert {"button-name", "image-alt"} <= rules


@pytest.mark.parametrize("state", STATES)
def test_each_state_of_a_call(look: Looking, state: str) -> None:
    look.call(**STATES[state])
    look.size(*SMALL)
    assert violations(look.page) == []


def test_the_desk_between_calls(look: Looking) -> None:
    for state in WITHOUT_CALL:
        look.show(**IDLE, agent=an_agent(state, call_id="", wrap_up_until=ago(-40)))
        assert violations(look.page) == [], state


def test_faults_that_the_call_bar_tells_of(look: Looking) -> None:
    for fault in ({"mic": "lost"}, {"link": "down"}, {"registration": "lost"}, {"mic": "silent"}):
        look.show(**{**IN_CALL, **fault})
        assert violations(look.page) == [], fault


@pytest.mark.parametrize("key", ["Shift+F8", "Shift+F9", "F10", "Control+/", "Control+k"])
def test_what_a_key_opens(look: Looking, key: str, tmp_path: Path) -> None:
    """The picker of specialists, of targets, the emergency row, the key sheet, the dial box."""
    if key == "Control+k":
        look.show(**IDLE, agent=an_agent("ready", call_id=""))
    look.page.keyboard.press(key)
    look.page.wait_for_timeout(300)
    shoot(look.page, f"axe-{key.replace('/', 'slash')}", tmp_path)
    assert violations(look.page) == []


def test_the_menus_of_a_party_and_of_the_recording(look: Looking) -> None:
    look.call(**STATES["three-way"])
    for menu in look.page.locator("call-bar [aria-haspopup=menu]").all():
        menu.click()
        assert violations(look.page) == []
        look.page.keyboard.press("Escape")


def test_the_board_and_the_acts_on_a_seat(look: Looking) -> None:
    look.page.evaluate(
        "document.getElementById('desk-pane').hidden = true; document.getElementById('board-pane').hidden = false"
    )
    look.page.wait_for_selector("[data-seat='1003']")
    assert violations(look.page) == []
    look.page.click("[data-seat='1003']")
    assert violations(look.page) == []


def test_the_list_of_calls_and_the_player(look: Looking) -> None:
    look.show(**IDLE, agent=an_agent("ready", call_id=""))
    Shelf(look).serve()
    look.page.evaluate("look.wireViews(); location.hash = 'calls'")
    look.page.click(f"#view [data-play-call='{CALL}']")
    look.page.wait_for_selector("call-player .lane")
    assert violations(look.page) == []
    look.page.click(".lane[data-role=caller] [data-act=silence]")
    look.page.click(".lane[data-role=agent] [data-act=alone]")
    assert violations(look.page) == []


@pytest.mark.parametrize("name", ["callbacks", "cases", "calls"])
def test_the_other_lists_in_both_languages(look: Looking, name: str, tmp_path: Path) -> None:
    rows = {"callbacks": missed(), "cases": kept_cases(), "calls": {"rows": [a_row(0, legs=[], is_expired=True)]}}
    fragment = look.fragment(f"{name}.html", source="database", **rows[name])
    look.page.route(f"{ORIGIN}/desk/{name}", lambda route: route.fulfill(body=fragment, content_type="text/html"))
    for language in ("zh-CN", "en"):
        look.page.evaluate("language => localStorage.setItem('hotline-language', language)", language)
        look.page.reload()
        look.page.wait_for_function("window.look !== undefined")
        look.show(**IDLE, agent=an_agent("ready", call_id=""))
        look.page.evaluate("name => { look.wireViews(); location.hash = name }", name)
        look.page.wait_for_selector("#view table")
        look.size(*SMALL)
        shoot(look.page, f"list-{name}-{language}", tmp_path)
        assert look.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(look.page) == []


def test_log_in_also_after_a_mistake(look: Looking) -> None:
    given: dict[str, Any] = {"csrf": "t", "agent": "1001", "error": "工号或口令不正确。", "wait_seconds": 20}
    given["error_code"] = "wrong_password"
    page = look.fragment("login.html", **given)
    look.page.route(f"{ORIGIN}/login", lambda route: route.fulfill(body=page, content_type="text/html"))
    look.page.goto(f"{ORIGIN}/login")
    look.page.wait_for_selector("device-check .checks")
    assert violations(look.page) == []


def missed() -> dict[str, Any]:
    """Callers to be called back: one waiting, one tried, one of mine, one of a colleague, one reached."""
    row: dict[str, Any] = {"missed_at": "11-21 20:00", "missed_iso": "2026-11-21T12:00:00Z", "waits": "12:30"}
    row |= {"is_late": True, "number": "138****6027", "queue_name": "综合坐席", "stage": "排队中挂断", "times": 2}
    row |= {"stage_key": "stage_queue", "attempts": 0, "outcome": "", "outcome_key": "tried_", "state": "open"}
    row |= {"is_mine": False, "taken_by": "", "not_before": "", "not_before_iso": "", "is_tried_by_me": False}
    tried = {"attempts": 1, "outcome": "无人接听", "outcome_key": "tried_unanswered", "is_tried_by_me": True}
    later = {"not_before": "20:30", "not_before_iso": "2026-11-21T12:30:00Z"}
    more = [{}, tried, {**tried, **later}, {"is_mine": True}, {"taken_by": "1002"}]
    return {"rows": [{**row, "id": f"HC{n}", **each} for n, each in enumerate(more)], "reached": [{**row, "id": "HC9"}]}


def kept_cases() -> dict[str, Any]:
    row: dict[str, Any] = {
        "case_id": "c1",
        "number": "YZ202611210001",
        "title": "小区夜间施工噪声",
        "kind_name": "投诉",
    }
    row |= {"kind_key": "kind_complaint", "status": "awaiting_dispatch", "status_key": "status_awaiting_dispatch"}
    row |= {"status_name": "待派", "created_at": "11-21 20:00", "created_iso": "2026-11-21T12:00:00Z", "due_at": ""}
    row |= {"due_iso": "", "department": "市城管局", "sync": "stored"}
    return {"rows": [row], "pending": [{**row, "case_id": "c2", "sync": "pending", "status": "pending"}]}

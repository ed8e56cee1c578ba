"""Who was asked into a call stands where the call or its case is looked at: in the player and on the caller card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import violations
from tests.browser.heard_calls import Shelf, lanes
from tests.browser.looking import CALL, IN_CALL, Looking, ago, an_agent
from tests.browser.test_desk_look import OVERLAPS, REACHABLE, shoot

pytestmark = [pytest.mark.browser]

SIZES = [(1366, 768), (1366, 625)]
IDLE = {**IN_CALL, "session": "none", "call": None, "subject": "", "subjectCall": None}
HOSTILE = "<b onclick=alert(1)>市人力资源和社会保障局社会保险关系转移接续与待遇核定专员</b>"


def a_helper(who: str, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"who": who, "agent": "1001", "agent_name": "王晓敏", "asked_at": ago(420)}
    row |= {"answered_at": ago(402), "talked_seconds": 130, "outcome": "talked", "solved": None}
    return row | more


HELPERS = [
    a_helper("市医疗保障局参保缴费专员", outcome="busy", answered_at=None, talked_seconds=0),
    a_helper(HOSTILE, solved=False),
    a_helper("市人力资源和社会保障局社会保险专员", solved=True, talked_seconds=3754),
]
VERDICTS = {"zh-CN": ["占线", "未解决", "已解决"], "en": ["busy", "not solved", "solved"]}


def a_case(n: int, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"case_id": f"c{n}", "number": f"YZ2026112100{n:02}", "title": "养老金三个月没有到账"}
    row |= {"kind": "help", "status": "awaiting_dispatch", "status_name": "待派", "created_at": ago(86400)}
    return row | {"due_at": ago(-7200), "department": "市人社局", "assistance": []} | more


def a_card() -> dict[str, Any]:
    card: dict[str, Any] = {"call_id": CALL, "number_masked": "138****6027", "name": "云州示例精工有限公司"}
    card |= {"repeat_30d": 3, "source": "database"}
    card["open_cases"] = [a_case(1, assistance=HELPERS), a_case(2, assistance=HELPERS[1:2]), a_case(3)]
    closed = {"status": "closed", "status_name": "办结", "due_at": None}
    card["history"] = [a_case(4, assistance=HELPERS[2:], **closed), a_case(5, **closed)]
    return card


def speak(look: Looking, language: str) -> None:
    look.page.evaluate("language => localStorage.setItem('hotline-language', language)", language)
    look.page.reload()
    look.page.wait_for_function("window.look !== undefined")


def verdicts(look: Looking, where: str) -> list[str]:
    return [each.inner_text().strip() for each in look.page.locator(f"{where} .helped .tag").all()]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_player_tells_who_was_asked_and_what_came_of_it(
    look: Looking, size: tuple[int, int], language: str, tmp_path: Path
) -> None:
    speak(look, language)
    look.show(**IDLE, agent=an_agent("ready", call_id=""))
    look.size(*size)
    Shelf(look, told=lanes(assistance=HELPERS)).serve()
    look.page.evaluate("look.wireViews(); location.hash = 'calls'")
    look.page.click(f"#view [data-play-call='{CALL}']")
    look.page.wait_for_selector("call-player .helped li")
    shoot(look.page, f"helped-player-{language}-{size[0]}x{size[1]}", tmp_path)
    assert verdicts(look, "call-player") == VERDICTS[language]
    assert look.page.locator("call-player b[onclick]").count() == 0
    assert "1:02:34" in look.page.inner_text("call-player .helped")
    for group in ("call-player > header > *", ".player-body > *", ".helped > *", "#view, call-player, status-strip"):
        assert look.page.evaluate(OVERLAPS, group) == []
    assert look.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert look.page.evaluate(REACHABLE, "[data-act=play]")
    assert look.page.locator("#view tbody tr").first.is_visible()
    assert violations(look.page) == []


def test_a_call_without_specialists_says_nothing_of_them(look: Looking) -> None:
    look.show(**IDLE, agent=an_agent("ready", call_id=""))
    Shelf(look).serve()
    look.page.evaluate("look.wireViews(); location.hash = 'calls'")
    look.page.click(f"#view [data-play-call='{CALL}']")
    look.page.wait_for_selector("call-player .lane")
    assert look.page.locator(".helped").count() == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_case_of_the_caller_tells_of_the_last_one_and_its_panel_of_all(
    look: Looking, size: tuple[int, int], language: str, tmp_path: Path
) -> None:
    speak(look, language)
    look.show(**IN_CALL, agent=an_agent(), card=a_card())
    look.call()
    look.size(*size)
    look.page.wait_for_selector("caller-card .open-case")
    last = look.page.locator("caller-card .helped-last")
    assert [each.inner_text().strip().splitlines()[-1] for each in last.all()] == VERDICTS[language][:0:-1]
    look.page.click("caller-card [data-case-id=c1]")
    look.page.wait_for_selector("recent-work .helped li")
    shoot(look.page, f"helped-case-{language}-{size[0]}x{size[1]}", tmp_path)
    assert verdicts(look, "recent-work") == VERDICTS[language]
    assert look.page.locator("recent-work b[onclick], caller-card b[onclick]").count() == 0
    assert look.page.evaluate(OVERLAPS, ".helped li > *, .helped-last > *") == []
    assert look.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(look.page) == []
    look.page.click("caller-card .past-case >> nth=0")
    look.page.wait_for_selector("recent-work .helped li:only-child")
    look.page.click("caller-card [data-case-id=c3]")
    look.page.wait_for_selector("recent-work .helped", state="detached")

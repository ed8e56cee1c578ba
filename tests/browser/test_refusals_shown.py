"""A refusal reaches the screen in the page's own language, with the server's words where it is Chinese."""

from __future__ import annotations

import pytest

from agent_desktop.pages import TITLES
from agent_desktop.security import http_reply
from tests.browser.axe import violations
from tests.browser.looking import IN_CALL, ORIGIN, Looking, an_agent

pytestmark = [pytest.mark.browser]

SAID = "来电人已处于保持状态（已 3 分钟）。"
CASES = [
    ("zh-CN", "already_held", SAID),
    ("en", "already_held", "The caller is on hold already."),
    ("en", "of_a_newer_server", "Not carried out."),
    ("zh-CN", "of_a_newer_server", SAID),
]


def speak(look: Looking, language: str) -> None:
    look.page.evaluate("language => localStorage.setItem('hotline-language', language)", language)
    look.page.reload()
    look.page.wait_for_function("window.look !== undefined")
    look.show(**IN_CALL, agent=an_agent())
    look.call()


@pytest.mark.parametrize(("language", "code", "shown"), CASES)
def test_a_refused_command_says_why(look: Looking, language: str, code: str, shown: str) -> None:
    speak(look, language)
    look.refuse("hold", code, SAID)
    look.page.keyboard.press("F9")
    look.page.wait_for_selector(".toast")
    assert shown in look.page.inner_text(".toast")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_of_a_refusal_and_a_failed_log_in_are_in_the_chosen_language(look: Looking, language: str) -> None:
    speak(look, language)
    missing = http_reply(404)
    facts = {"status": 404, "title": TITLES[404], "title_key": 404, "code": missing.code, "text": missing.text}
    error = look.fragment("error.html", home="/desk", **facts)
    given = {"csrf": "t", "agent": "1001", "error": "工号或口令不正确。", "error_code": "wrong_password"}
    login = look.fragment("login.html", wait_seconds=0, **given)
    look.page.route(f"{ORIGIN}/missing", lambda route: route.fulfill(body=error, content_type="text/html"))
    look.page.route(f"{ORIGIN}/login", lambda route: route.fulfill(body=login, content_type="text/html"))
    wanted = {
        "zh-CN": ("没有这个页面。", "工号或口令不正确。"),
        "en": ("There is no such page.", "Agent number or password"),
    }
    look.page.goto(f"{ORIGIN}/missing")
    look.page.wait_for_function(
        "words => document.querySelector('main p').textContent === words", arg=wanted[language][0]
    )
    assert violations(look.page) == []
    look.page.goto(f"{ORIGIN}/login")
    look.page.wait_for_selector("device-check .checks")
    assert wanted[language][1] in look.page.inner_text("[role=alert]")

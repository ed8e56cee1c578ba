"""The desk's look and feel in a real Chromium on a whole hotline: nothing overlaps, nothing typed is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from hotline.phone.client import Phone
from hotline.trial import Trial
from tests.patience import LONG, until
from tests.ports import claimed_ports
from tests.stories.case_page import CasePage
from tests.stories.desk import Desk, open_browser, write_tone

SIZES = [(1366, 768), (1366, 625), (1920, 1080), (1100, 700)]
HOSTILE_NAME = "<b onclick=alert(1)>x</b>{{7*7}}"
CALLER = "13800006027"

# Pairs of visible boxes of one group that cover each other by more than a rounding error.
OVERLAPS = """group => {
  const shown = [...document.querySelectorAll(group)].filter(e => e.offsetParent && e.getClientRects().length);
  const bad = [];
  for (const a of shown) for (const b of shown) {
    if (a === b || a.contains(b) || b.contains(a) || shown.indexOf(a) > shown.indexOf(b)) continue;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (wide > 1 && high > 1) bad.push(`${a.outerHTML.slice(0, 80)} / ${b.outerHTML.slice(0, 80)}`);
  }
  return bad;
}"""

# Whether an element can be clicked where it stands: inside the window and not under anything.
REACHABLE = """selector => {
  const e = document.querySelector(selector), r = e.getBoundingClientRect();
  const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
  return r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight && e.contains(top);
}"""


@pytest.fixture(scope="module")
def hotline() -> Iterator[Trial]:
    home = Path(tempfile.mkdtemp(prefix="hotline-look-", dir="/var/tmp"))
    home.chmod(0o755)
    with claimed_ports() as base:
        trial = Trial(home, base, {"HOTLINE_WRAP_UP_SECONDS": "600"})
        try:
            yield trial.start()
        finally:
            trial.stop()
            trial.remove()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    tone = write_tone(tmp_path_factory.mktemp("tone") / "agent.wav", 1000.0)
    with sync_playwright() as playwright:
        opened = open_browser(playwright, tone)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def desk(hotline: Trial, browser: Browser) -> Iterator[Desk]:
    """Agent 1001 in a call with a caller whose name is hostile."""
    opened = Desk(browser, origin(hotline), "1001", password(hotline, "1001")).log_in().take_calls()
    with Phone.of(hotline.settings) as phone:
        phone.call(f"sip:12345@127.0.0.1:{hotline.settings.port('sip')}", number=CALLER, name=HOSTILE_NAME)
        phone.wait_answered(seconds=LONG)
        opened.wait_mark("call", "ringing")
        opened.answer_and_hear()
        yield opened
    opened.close()


def origin(hotline: Trial) -> str:
    return str(hotline.status()["web"]["http"])


def password(hotline: Trial, agent: str) -> str:
    lines = (hotline.home / "secrets/demo-passwords").read_text("utf-8").splitlines()
    return dict(line.split() for line in lines if line.strip())[agent]


def shoot(page: Page, name: str, folder: Path) -> None:
    """A picture for people to look at; HOTLINE_SHOTS keeps them."""
    path = folder / f"{name}.png"
    page.screenshot(path=str(path))
    if keep := os.environ.get("HOTLINE_SHOTS"):
        shutil.copy(path, keep)


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(150)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("size", SIZES)
def test_log_in_page_fits_every_window(hotline: Trial, browser: Browser, size: tuple[int, int], tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(f"{origin(hotline)}/login")
    page.wait_for_selector("device-check .checks")
    shoot(page, f"login-{size[0]}x{size[1]}", tmp_path)
    assert fits(page)
    assert page.evaluate(OVERLAPS, ".card, .door-side") == []
    assert page.evaluate(REACHABLE, "button[type=submit]")
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_nothing_overlaps_in_a_call_and_every_control_can_be_reached(
    desk: Desk, size: tuple[int, int], tmp_path: Path
) -> None:
    resize(desk.page, size)
    shoot(desk.page, f"call-{size[0]}x{size[1]}", tmp_path)
    assert fits(desk.page)
    for group in (
        ".panel, call-bar, status-strip, .rail",
        "call-bar > *",
        ".party",
        ".form-body > *",
        ".pill, .switch",
    ):
        assert desk.page.evaluate(OVERLAPS, group) == []
    for control in ("mute", "hold", "hang-up", "submit", "save-draft"):
        assert desk.page.evaluate(REACHABLE, f"[data-act={control}]"), control


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_says_in_call_with_flowing_audio_and_shows_the_name_as_text(
    desk: Desk, theme: str, tmp_path: Path
) -> None:
    resize(desk.page, SIZES[0])
    desk.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    shoot(desk.page, f"call-{theme}", tmp_path)
    desk.wait_mark("audio", "flowing")
    assert desk.mark("call") == "in-call"
    assert desk.page.inner_text("caller-card [data-field=name]") == HOSTILE_NAME
    assert desk.page.locator("caller-card b[onclick]").count() == 0


def test_policy_without_inline_code_is_never_hit(desk: Desk) -> None:
    assert [line for line in desk.console if "Content Security Policy" in line or "pageerror" in line] == []


def test_class_is_found_by_letters_that_the_input_method_still_holds(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    page.click("#class-code")
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "s'g'z's", "selectionStart": 7, "selectionEnd": 7})
    page.wait_for_selector(".class-menu .option.at")
    shoot(page, "class-while-composing", tmp_path)
    assert "施工噪声" in page.inner_text(".class-menu .option.at")
    session.send("Input.insertText", {"text": "sgzs"})
    page.keyboard.press("Enter")
    assert "施工噪声" in page.inner_text("class-picker .crumb")


def test_reload_key_in_a_call_explains_itself_and_reloads_nothing(desk: Desk) -> None:
    desk.page.evaluate("window.sameDocument = true")
    desk.page.keyboard.press("F5")
    desk.page.wait_for_selector(".toast.warn")
    assert desk.page.evaluate("window.sameDocument === true")
    assert desk.mark("call") == "in-call"


def test_lists_and_back_leave_the_call_bar_alone(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    page.evaluate("document.querySelector('call-bar').sameBar = true")
    for view in ("calls", "cases"):
        page.click(f".rail [data-view={view}]")
        page.wait_for_selector("#view .view-head")
        shoot(page, view, tmp_path)
    page.go_back()
    page.go_back()
    assert page.evaluate("document.querySelector('call-bar').sameBar === true")
    assert desk.mark("call") == "in-call"
    page.click(".rail [data-view=desk]")


def test_text_typed_in_a_call_is_still_there_in_wrap_up_after_a_reload(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    page.fill("#case-text", "写了一半的诉求")
    CasePage(desk).wait_draft_on_server(desk.call_id())
    desk.act("hang-up")
    desk.wait_mark("call", "wrap-up")
    page.reload()
    desk.wait_mark("call", "wrap-up")
    # Asked from here: the page's policy forbids Playwright's own way of asking again.
    until(lambda: page.input_value("#case-text") == "写了一半的诉求", "the text is there again")
    shoot(page, "wrap-up", tmp_path)


def test_empty_fields_are_named_in_place(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    page.fill("#case-text", "")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".problem")
    shoot(page, "field-errors", tmp_path)
    assert page.locator(".field.wrong").count() >= 3
    assert page.get_attribute("case-form", "data-state") == "writing"


def test_a_supervisors_board_is_a_page_of_its_own_and_hits_no_policy(
    hotline: Trial, browser: Browser, tmp_path: Path
) -> None:
    supervisor = Desk(browser, origin(hotline), "9001", password(hotline, "9001")).log_in()
    page = supervisor.page
    page.goto(f"{origin(hotline)}/board")
    page.wait_for_selector("[data-seat='1001']")
    for size in SIZES[:3]:
        resize(page, size)
        shoot(page, f"board-page-{size[0]}x{size[1]}", tmp_path)
        assert fits(page)
        assert page.evaluate(OVERLAPS, ".wb-panel, .wb-figure") == []
    assert page.get_attribute("[data-seat='1001']", "data-state") != "offline"
    assert [line for line in supervisor.console if "Content Security Policy" in line or "pageerror" in line] == []
    supervisor.close()

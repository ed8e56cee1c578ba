"""Every state of the call bar in a real Chromium: its word, its size, and that nothing overlaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.looking import IN_CALL, Looking, an_agent
from tests.browser.states import STATES
from tests.browser.test_desk_look import OVERLAPS, REACHABLE, shoot

pytestmark = [pytest.mark.browser]

SIZES = [(1366, 768), (1366, 625), (1920, 1080), (1100, 700)]
WORDS = {
    "asking": "呼叫专员",
    "consult": "与专员咨询",
    "three-way": "三方通话",
    "sos": "正在呼叫 110",
    "sos-failed": "110 未接通",
    "sos-up": "110 通话中",
    "sos-over": "通话中",
    "caller-gone": "来电人已离开",
    "transfer": "正在转接",
}


def word(look: Looking) -> str:
    return look.page.inner_text(".cb-word").strip()


def mode(look: Looking) -> str:
    return str(look.page.get_attribute("call-bar", "data-mode"))


def fits(look: Looking) -> bool:
    """Nothing runs out of the window and nothing lies on another thing."""
    wide = bool(look.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
    groups = ["call-bar > *", ".party", ".cb-acts > *, .sos > *", ".assist > *"]
    overlapping = [pair for group in groups for pair in look.page.evaluate(OVERLAPS, group)]
    assert overlapping == []
    return wide


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_word_and_every_control_can_be_reached_at_every_size(
    look: Looking, state: str, tmp_path: Path
) -> None:
    look.call(**STATES[state])
    assert mode(look) == state
    assert word(look) == WORDS.get(state, word(look))
    for size in SIZES:
        look.size(*size)
        shoot(look.page, f"bar-{state}-{size[0]}x{size[1]}", tmp_path)
        assert fits(look)
        for control in ("mute", "hang-up", "sos-110", "sos-122"):
            assert look.page.evaluate(REACHABLE, f"[data-act={control}]"), (control, size)


@pytest.mark.parametrize("size", SIZES[:2])
def test_english_labels_fit_too(look: Looking, size: tuple[int, int], tmp_path: Path) -> None:
    look.page.evaluate("localStorage.setItem('hotline-language', 'en')")
    look.page.reload()
    look.page.wait_for_function("window.look !== undefined")
    look.size(*size)
    look.show(**IN_CALL, agent=an_agent())
    for state in STATES:
        look.call(**STATES[state])
        shoot(look.page, f"bar-{state}-english-{size[0]}x{size[1]}", tmp_path)
        assert fits(look), state
        for control in ("mute", "hang-up", "sos-110", "sos-122"):
            assert look.page.evaluate(REACHABLE, f"[data-act={control}]"), (control, state)
    look.page.evaluate("localStorage.clear()")


def test_the_board_shows_every_seat_with_shape_and_word_and_a_supervisor_acts_from_it(
    look: Looking, tmp_path: Path
) -> None:
    look.page.evaluate(
        "document.getElementById('desk-pane').hidden = true; document.getElementById('board-pane').hidden = false"
    )
    look.page.wait_for_selector("[data-seat='1003']")
    for size in SIZES[:3]:
        look.size(*size)
        shoot(look.page, f"board-{size[0]}x{size[1]}", tmp_path)
        assert look.page.evaluate(OVERLAPS, "#board-pane .wb-panel, #board-pane .wb-figure") == []
    assert look.page.locator("[data-state=sos]").inner_text().startswith("!1005")
    look.size(1366, 768)
    look.page.click("[data-seat='1003']")
    look.page.click(".wb-actions [data-act=whisper]")
    look.page.fill(".wb-actions input", "请放慢语速")
    look.page.click(".wb-actions [data-act=message]")
    look.page.wait_for_selector("[data-said=ok]")
    told = [(frame["kind"], frame["agent"]) for frame in look.board_asked]
    assert told == [("whisper", "1003"), ("message", "1003")]

"""A call heard again in a real Chromium: each party a lane, each lane heard alone or not at all, gaps in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.heard_calls import JOINED, RATE, SECONDS, TRACKS, Shelf, lanes
from tests.browser.looking import CALL, IN_CALL, Looking, an_agent
from tests.browser.test_desk_look import OVERLAPS, REACHABLE, shoot
from tests.patience import until

pytestmark = [pytest.mark.browser]

SIZES = [(1366, 768), (1366, 625), (1920, 1080), (1100, 700)]
IDLE = {**IN_CALL, "session": "none", "call": None, "subject": "", "subjectCall": None}
POSITION = ".player-line"
HEADER, FRAME = 44, 2 * len(TRACKS)


@pytest.fixture
def shelf(look: Looking) -> Shelf:
    """An agent without a call looks at the list of calls."""
    look.show(**IDLE, agent=an_agent("ready", call_id=""))
    served = Shelf(look).serve()
    look.page.evaluate("look.wireViews(); location.hash = 'calls'")
    look.page.wait_for_selector("#view .calls-table")
    return served


def opened(shelf: Shelf) -> Shelf:
    shelf.look.page.click(f"#view [data-play-call='{CALL}']")
    shelf.look.page.wait_for_selector("call-player .lane")
    return shelf


def at(shelf: Shelf) -> float:
    return float(shelf.look.page.get_attribute("call-player", "data-at") or 0)


def state(shelf: Shelf) -> str:
    return str(shelf.look.page.get_attribute("call-player", "data-state"))


def sounding(shelf: Shelf) -> set[str]:
    lit = shelf.look.page.locator(".lane[data-sounding=true]")
    return set(lit.evaluate_all("all => all.map(each => each.dataset.role)"))


def press(shelf: Shelf, role: str, act: str) -> None:
    shelf.look.page.click(f".lane[data-role={role}] [data-act={act}]")


def seek(shelf: Shelf, seconds: float) -> None:
    box = shelf.look.page.locator(POSITION).bounding_box()
    assert box is not None
    shelf.look.page.locator(POSITION).click(position={"x": box["width"] * seconds / SECONDS, "y": 4})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_each_party_has_a_lane_and_what_is_wrong_stands_there_in_words(
    shelf: Shelf, size: tuple[int, int], language: str, tmp_path: Path
) -> None:
    page = shelf.look.page
    page.evaluate("language => localStorage.setItem('hotline-language', language)", language)
    page.reload()
    page.wait_for_function("window.look !== undefined")
    shelf.look.show(**IDLE, agent=an_agent("ready", call_id=""))
    page.evaluate("look.wireViews()")
    page.wait_for_selector("#view .calls-table")
    shelf.look.size(*size)
    opened(shelf)
    shoot(page, f"player-{language}-{size[0]}x{size[1]}", tmp_path)
    assert [each.get_attribute("data-role") for each in page.locator(".lane").all()] == [
        *("caller", "agent", "specialist", "emergency"),
    ]
    words = page.inner_text("call-player")
    missing, pause = {
        "zh-CN": ("录音缺失", "00:15–00:19 未录音：证件号码"),
        "en": ("missing", "00:15–00:19 not recorded"),
    }[language]
    assert missing in words
    assert pause in words
    assert page.locator(".lane-gap").count() == 2, "of the lanes that were there then"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for group in ("call-player > header > *", ".lane-head > *", ".player-body > *", "#view, call-player, status-strip"):
        assert page.evaluate(OVERLAPS, group) == []
    for control in ("[data-act=play]", "[data-act=close-player]", ".lane[data-role=emergency] [data-act=alone]"):
        assert page.evaluate(REACHABLE, control), control
    assert page.locator("#view tbody tr").first.is_visible()


def hear(shelf: Shelf, seconds: float, roles: set[str], why: str) -> None:
    """These sound in the 5 s after `seconds`; a slow machine goes back there as often as it must."""

    def heard() -> bool:
        now = at(shelf)
        if state(shelf) == "stopped":
            shelf.look.page.click("[data-act=play]")
        if not seconds <= now < seconds + 5:
            seek(shelf, seconds + 0.05)
            return False
        sounds = state(shelf) == "playing" and now > seconds + 0.4 and sounding(shelf) == roles
        return sounds and at(shelf) < seconds + 6

    until(heard, why)


def test_who_speaks_lights_up_and_a_click_on_the_line_goes_there(shelf: Shelf, tmp_path: Path) -> None:
    page = opened(shelf).look.page
    page.click("[data-act=play]")
    hear(shelf, 0, {"caller"}, "the caller begins")
    hear(shelf, 8, {"agent"}, "after a click the agent speaks")
    shoot(page, "player-playing", tmp_path)
    hear(shelf, 30, {"emergency"}, "a track that begins late is at its place")


def test_a_track_is_silenced_heard_alone_and_heard_again(shelf: Shelf) -> None:
    opened(shelf).look.page.click("[data-act=play]")
    hear(shelf, 0, {"caller"}, "the caller is heard")
    press(shelf, "caller", "silence")
    hear(shelf, 0, set(), "it plays on without him")
    hear(shelf, 8, {"agent"}, "the others are heard")
    press(shelf, "caller", "silence")
    hear(shelf, 0, {"caller"}, "he is heard again")
    press(shelf, "agent", "alone")
    hear(shelf, 0, set(), "the agent alone: the caller is not heard")
    hear(shelf, 8, {"agent"}, "the agent is")
    assert shelf.look.page.get_attribute(".lane[data-role=agent] [data-act=alone]", "aria-pressed") == "true"
    assert shelf.look.page.locator(".lane[data-role=specialist] [data-act=silence]").is_disabled()


def test_a_pause_keeps_its_place_and_keys_move_it(shelf: Shelf) -> None:
    page = opened(shelf).look.page
    page.click("[data-act=play]")
    until(lambda: at(shelf) > 0.5, "it plays")
    page.click("[data-act=play]")
    assert state(shelf) == "paused"
    kept = at(shelf)
    page.wait_for_timeout(600)
    assert at(shelf) == kept
    page.focus(POSITION)
    page.keyboard.press("End")
    assert at(shelf) == SECONDS
    page.keyboard.press("ArrowLeft")
    assert at(shelf) == SECONDS - 5
    page.keyboard.press("Home")
    assert at(shelf) == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    until(lambda: at(shelf) > 5.3, "it goes on from there")
    assert "00:0" in str(page.get_attribute(POSITION, "aria-valuetext"))


def test_at_the_end_it_stops_and_the_next_play_begins_anew(shelf: Shelf) -> None:
    page = opened(shelf).look.page
    seek(shelf, SECONDS - 0.8)
    page.click("[data-act=play]")
    until(lambda: state(shelf) == "stopped", "the end")
    assert at(shelf) == 0
    page.click("[data-act=play]")
    hear(shelf, 0, {"caller"}, "from the beginning")


def test_the_sound_comes_in_pieces_as_it_is_needed_and_each_frame_once(shelf: Shelf) -> None:
    opened(shelf)
    assert shelf.ranges == [], "looking is no play"
    shelf.look.page.click("[data-act=play]")
    until(lambda: at(shelf) > 1, "it plays")
    begun, ahead = len(shelf.ranges), (shelf.ranges[-1][0] - HEADER) / FRAME / RATE - at(shelf)
    assert begun < 4, "not all of it at once"
    assert ahead <= 15
    assert shelf.ranges[0][0] == 0
    assert [first for first, _ in shelf.ranges[1:]] == [last + 1 for _, last in shelf.ranges[:-1]]
    shelf.look.page.click("[data-act=play]")
    seek(shelf, 33)
    shelf.ranges.clear()
    shelf.look.page.click("[data-act=play]")
    until(lambda: at(shelf) > 33.2 and len(shelf.ranges) > 0, "from where it goes on")
    ((first, last),) = shelf.ranges
    assert first > JOINED.size * 0.9
    assert (first - HEADER) % FRAME == 0, "on whole frames"
    assert last < JOINED.size


def test_a_caller_comes_first_what_plays_is_paused_and_nothing_begins_in_a_call(shelf: Shelf) -> None:
    page = opened(shelf).look.page
    page.click("[data-act=play]")
    until(lambda: at(shelf) > 0.3, "it plays")
    shelf.look.show(session="ringing")
    until(lambda: state(shelf) == "paused", "a call rings")
    page.click("[data-act=play]")
    page.wait_for_selector(".toast.warn")
    assert state(shelf) == "paused"
    page.evaluate("location.hash = 'desk'")
    page.wait_for_selector("call-player", state="hidden")
    page.evaluate("location.hash = 'calls'")
    page.wait_for_selector("call-player .lane")


def test_other_tracks_than_were_shown_are_not_played_under_wrong_names(shelf: Shelf) -> None:
    shelf.tracks = "caller,emergency:110"
    opened(shelf).look.page.click("[data-act=play]")
    until(lambda: state(shelf) == "failed", "it says so")
    assert shelf.look.page.locator(".player-says .badc").count() == 1


def test_a_call_of_which_nothing_is_left_says_so_and_one_that_is_not_mine_does_not_open(shelf: Shelf) -> None:
    page = shelf.look.page
    gone = [{**lane, "track": None, "state": "missing", "fault": "gone", "peaks": []} for lane in lanes()["lanes"]]
    shelf.look.answers[f"/api/calls/{CALL}/lanes"] = lanes(tracks=[], lanes=gone)
    opened(shelf)
    assert page.locator("[data-act=play]").is_disabled()
    assert page.locator(".fault-note").count() == 4
    page.click("[data-act=close-player]")
    assert page.locator("call-player").is_hidden()
    del shelf.look.answers[f"/api/calls/{CALL}/lanes"]
    page.click(f"#view [data-play-call='{CALL}']")
    page.wait_for_selector(".toast.warn")
    assert page.locator("call-player").is_hidden()

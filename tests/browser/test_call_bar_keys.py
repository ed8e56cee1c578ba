"""The keys and menus of the call bar: what each asks for, and what it never does."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from tests.browser.looking import IN_CALL, Looking, ago, an_agent
from tests.browser.states import STATES

pytestmark = [pytest.mark.browser]


def word(look: Looking) -> str:
    return look.page.inner_text(".cb-word").strip()


def test_a_party_is_held_muted_and_removed_by_its_own_menu_and_an_operator_has_none(look: Looking) -> None:
    look.call(**STATES["sos-up"])
    chip = look.page.locator('[data-party="specialist"]')
    for act in ("hold-leg", "mute-leg", "remove-leg"):
        chip.locator("[data-act=leg-menu]").click()
        chip.locator(f"[data-act={act}]").click()
    assert [kind for kind, args in look.asked() if args["leg"] == "s1"] == ["hold_leg", "mute_leg", "remove_leg"]
    for party in ("emergency", "supervisor"):
        assert look.page.locator(f'[data-party="{party}"] [data-act=leg-menu]').count() == 0


def test_f10_and_a_digit_dial_at_once_and_escape_ends_only_what_rings(look: Looking) -> None:
    look.page.focus("#case-text")
    look.page.keyboard.press("F10")
    assert look.page.locator(".sos.armed").count() == 1
    look.page.keyboard.press("3")
    assert look.asked() == [["emergency", {"call_id": "HCdemo-1-1795267200.7", "service": "120"}]]
    assert look.page.input_value("#case-text") == ""
    look.page.fill("#case-text", "东湖花园3幢\n有人受伤")
    look.page.click("[data-act=sos-120]")
    assert look.asked()[0][1]["summary"] == "东湖花园3幢 有人受伤"
    look.page.keyboard.press("F10")
    look.page.keyboard.press("a")
    assert look.asked() == [], "another key disarms"
    look.call(**STATES["sos"])
    look.page.keyboard.press("Escape")
    assert [kind for kind, _ in look.asked()] == ["emergency_cancel"]
    look.call(**STATES["sos-up"])
    look.page.keyboard.press("Escape")
    assert look.asked() == [], "an operator who answered is not hung up"


def test_a_double_click_on_answer_neither_dials_nor_hangs_up(look: Looking) -> None:
    look.show(session="ringing", call=None)
    box = look.page.locator("[data-act=answer]").bounding_box()
    assert box is not None
    look.show(session="up")
    look.call()
    for at in (0.1, 0.5, 0.9):
        look.page.mouse.click(box["x"] + box["width"] * at, box["y"] + box["height"] / 2)
    look.page.dblclick("[data-act=sos-120]")
    dialled = [each for each in look.asked() if each[0] in {"emergency", "hang_up"}]
    assert len(dialled) == 1, "one click of a double click counts"


def test_with_call_control_away_the_phone_dials_the_emergency_itself(look: Looking) -> None:
    look.show(system={**IN_CALL["system"], "cti": "down"})
    assert word(look) == "话务控制中断"
    for off in ("three-way", "transfer", "hold"):
        assert look.page.locator(f"[data-act={off}]").is_disabled()
        assert "话务控制中断" in str(look.page.get_attribute(f"[data-act={off}]", "title"))
    look.page.click("[data-act=sos-110]")
    assert look.asked() == [["phone", "110"]]
    look.page.fill("#place", '人民路1号(东门), a"b')
    look.page.fill("#case-text", "é" * 200)
    look.page.click("[data-act=sos-110]")
    ((_, _, summary, location),) = look.asked()
    assert unquote(location) == "X-Hotline-Location: 人民路1号（东门）， a＂b"
    assert unquote(summary) == f"X-Hotline-Summary: {'é' * 120}"
    assert re.fullmatch(r"X-Hotline-\w+: ([0-9A-Za-z]|%20|%[89A-F][0-9A-F])+", location)
    look.show(ownEmergency={"service": "110", "state": "dialling"})
    assert word(look) == "正在呼叫 110"
    look.page.keyboard.press("Escape")
    assert look.asked() == [["phone-cancel"]]


def test_when_cti_cannot_carry_the_emergency_out_the_phone_dials_it(look: Looking) -> None:
    look.refuse("emergency", "ami_down", "与话务平台的连接中断")
    look.page.click("[data-act=sos-119]")
    look.page.wait_for_timeout(100)
    assert [each[0] for each in look.asked()] == ["emergency", "phone"]
    look.refuse("emergency", "not_in_call", "当前不在通话中。")
    look.page.click("[data-act=sos-119]")
    look.page.wait_for_selector(".toast.bad")
    assert [each[0] for each in look.asked()] == ["emergency"]


def test_where_it_is_travels_along_with_the_press_and_with_the_next_one(look: Looking) -> None:
    look.page.fill("#place", "人民路1号\u3000东门 " + "9" * 90)
    look.page.fill("#case-text", "𠮷" * 200)
    look.page.click("[data-act=sos-110]")
    look.call(**STATES["sos-over"])
    look.page.click("[data-act=sos-again]")
    (first, one), (second, other) = look.asked()
    assert (first, second) == ("emergency", "emergency_again")
    for said in (one, other):
        assert said["location"] == f"人民路1号 东门 {'9' * 71}"
        assert said["summary"] == "𠮷" * 120


def test_after_the_operator_has_left_the_call_goes_on_and_one_key_calls_again(look: Looking) -> None:
    look.call(**STATES["sos-over"])
    assert look.page.get_attribute("call-bar", "data-mode") == "sos-over"
    panel = look.page.inner_text("third-panel")
    assert "已离线" in panel
    assert "01:06" in panel, "how long the operator was there"
    assert look.page.locator(".sos .on").count() == 0
    for act in ("three-way", "transfer", "hold", "hang-up"):
        assert look.page.locator(f"[data-act={act}]").is_enabled(), act
    look.page.keyboard.press("F10")
    assert look.asked() == [], "another service may be wanted now"
    look.page.keyboard.press("Digit2")
    assert look.asked()[0][1]["service"] == "119"
    look.page.click("[data-act=sos-again]")
    assert [kind for kind, _ in look.asked()] == ["emergency_again"]
    look.call(
        **(STATES["sos-over"] | {"threeway": {**STATES["three-way"]["threeway"]}, "legs": STATES["three-way"]["legs"]})
    )
    assert look.page.get_attribute("call-bar", "data-mode") == "three-way"
    assert "示范区公安" not in look.page.inner_text("third-panel")


def test_all_routes_failed_and_one_key_tries_again(look: Looking) -> None:
    look.call(**STATES["sos-failed"])
    assert "示范区公安指挥中心一线" in look.page.inner_text("third-panel")
    look.page.keyboard.press("F10")
    assert [kind for kind, _ in look.asked()] == ["emergency_again"]


def test_a_specialist_is_found_by_letters_still_in_the_input_method_those_on_duty_first(look: Looking) -> None:
    look.page.keyboard.press("Shift+F8")
    look.page.wait_for_selector(".person.at[data-person=jiuye]")
    assert look.page.locator(".person").count() == 2, "no department line in a three-way call"
    session = look.page.context.new_cdp_session(look.page)
    session.send("Input.imeSetComposition", {"text": "s'h'b", "selectionStart": 5, "selectionEnd": 5})
    look.page.wait_for_selector(".person.at[data-person=shebao]")
    session.send("Input.insertText", {"text": "shb"})
    look.refuse("three_way", "already_asked", "已经在呼叫一位专员。")
    look.page.keyboard.press("Enter")
    look.page.wait_for_selector("people-picker .problem")
    assert "已经在呼叫" in look.page.inner_text("people-picker .problem")
    look.page.evaluate("delete look.refusals.three_way")
    look.page.keyboard.press("Enter")
    look.page.wait_for_selector("people-picker dialog:not([open])", state="attached")
    assert [args["entry"] for kind, args in look.asked() if kind == "three_way"] == ["shebao", "shebao"]


def test_a_transfer_goes_to_queue_agent_or_line_cold_or_after_a_talk(look: Looking) -> None:
    for typed, person, warm in (("综合", "general", False), ("1002", "1002", True), ("gaj", "gaj", False)):
        look.page.keyboard.press("Shift+F9")
        look.page.wait_for_selector("people-picker dialog[open] .person")
        look.page.fill("#picker-search", typed)
        look.page.wait_for_selector(f".person.at[data-person='{person}']")
        look.page.keyboard.press("Shift+Enter" if warm else "Enter")
        look.page.wait_for_selector("people-picker dialog:not([open])", state="attached")
    told = [(args["target_kind"], args["target"], args["warm"]) for _, args in look.asked()]
    assert told == [("queue", "general", False), ("agent", "1002", True), ("department", "gaj", False)]


def test_consulting_keys_swap_merge_and_remove(look: Looking) -> None:
    look.call(**STATES["consult"])
    look.page.click("[data-act=swap]")
    look.page.keyboard.press("Shift+F8")
    look.page.click("[data-act=three-cancel]")
    assert [kind for kind, _ in look.asked()] == ["swap", "merge", "three_way_cancel"]
    look.call(**STATES["asking"])
    look.page.click("[data-act=three-next]")
    look.page.keyboard.press("Escape")
    assert [kind for kind, _ in look.asked()] == ["three_way_next", "three_way_cancel"]


def test_recording_pauses_with_a_reason_and_goes_on(look: Looking) -> None:
    look.page.click("[data-act=record-menu]")
    look.page.click("[data-reason=record_bank_card]")
    look.call(recording_paused=True)
    assert look.page.inner_text("[data-act=record-menu]").strip() == "录音已暂停"
    look.page.click("[data-act=record-menu]")
    assert [(kind, args.get("reason")) for kind, args in look.asked()] == [
        ("record_pause", "银行卡号"),
        ("record_resume", None),
    ]


def test_a_pause_asked_for_in_a_call_is_shown_and_may_be_withdrawn(look: Looking) -> None:
    look.show(
        reference={
            "classes": [],
            "districts": [],
            "kinds": [],
            "urgencies": [],
            "pause_reasons": [{"code": "用餐", "name": "用餐"}],
        }
    )
    look.page.click("#own-menu")
    look.page.click("#own-list [data-act=pause]")
    look.show(agent=an_agent(pause_asked="用餐"))
    assert look.page.inner_text(".own-next") == "→ 用餐"
    look.page.click("#own-menu")
    look.page.click("#own-list [data-act=ready]")
    look.page.click("[data-act=hand]")
    assert [kind for kind, _ in look.asked()] == ["pause", "ready", "raise_hand"]


def test_wrap_up_may_be_made_longer_while_there_is_an_extension_left(look: Looking) -> None:
    look.show(session="none", call=None, agent=an_agent("wrap-up", wrap_up_until=ago(-38), wrap_up_extensions_left=1))
    look.page.click("[data-act=extend]")
    assert look.asked() == [["wrap_up_extend", {}]]
    look.show(agent=an_agent("wrap-up", wrap_up_until=ago(-38)))
    assert look.page.locator("[data-act=extend]").count() == 0

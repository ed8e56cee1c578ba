"""Numbers in one spelling, and what may be shown of them to whom."""

from __future__ import annotations

import pytest

from cases.masking import mask_name, mask_number, may_play, may_reveal
from cases.numbers import is_mobile, normalise_number


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800006027", "138****6027"),
        ("051088880000", "0510****0000"),
        ("88880000", "****0000"),
        ("10086", "****6"),
        ("", "未知号码"),
        ("008613800006027", "0086138****6027"),
    ],
)
def test_a_number_is_shown_with_its_middle_hidden(number: str, shown: str) -> None:
    assert mask_number(number) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "张*"), ("欧阳娜娜", "欧***"), ("", ""), ("王", "王"), ("John Smith", "J*********")]
)
def test_a_name_is_shown_by_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("roles", "plain", "confidential"),
    [
        (["agent"], True, False),
        (["supervisor"], True, True),
        (["handler"], False, False),
        (["admin"], False, False),
        ([], False, False),
    ],
)
def test_who_may_see_a_caller_in_clear(roles: list[str], plain: bool, confidential: bool) -> None:
    assert may_reveal(roles, confidential=False) is plain
    assert may_reveal(roles, confidential=True) is confidential


def test_a_supervisor_plays_any_recording_and_an_agent_the_own_ones() -> None:
    assert may_play(["supervisor"], own_call=False)
    assert may_play(["agent"], own_call=True)
    assert not may_play(["agent"], own_call=False)
    assert not may_play(["handler"], own_call=True)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+86 138-0000-6027", "13800006027"),
        ("8613800006027", "13800006027"),
        ("008613800006027", "13800006027"),
        ("013800006027", "13800006027"),
        ("+8651088880000", "051088880000"),
        ("0510-88880000", "051088880000"),
        ("12345", "12345"),
        ("+1 202 555 0100", "12025550100"),
        ("anonymous", ""),
        ("86", "86"),
    ],
)
def test_one_caller_has_one_spelling(written: str, number: str) -> None:
    assert normalise_number(written) == number
    assert is_mobile(number) is number.startswith("138")

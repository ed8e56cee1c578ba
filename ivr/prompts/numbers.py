"""Figures as a Mandarin announcer says them: amounts, service numbers, times, years."""

from __future__ import annotations

import re
from collections.abc import Callable

DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
CALLED_OUT = DIGITS | {"1": "幺"}
"""Telephone numbers, rooms and order numbers say 幺 so that 一 is not taken for 七."""

# What may be counted; a figure before one of these is an amount, never a telephone number.
COUNTED = "元块角分个位名人次天日月周年岁号户家户件条项份张间层楼栋米里亩吨台部辆套期批届度秒小多余万亿%"
COUNTED_AS_LIANG = "个位名次件条项份张间家户套批天周年人倍"
_AMOUNT = 10**12

_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿")


def amount(figures: str) -> str:
    """A whole number under 10^12: `1001` → 一千零一, `20000` → 两万."""
    value = int(figures)
    if value >= _AMOUNT:
        return called_out(figures)
    groups = [value // 10000**place % 10000 for place in range(3)]
    words = ""
    for place in (2, 1, 0):
        if not (group := groups[place]):
            continue
        gap = "零" if words and (group < 1000 or (place == 0 and not groups[1])) else ""
        words += gap + _below_ten_thousand(group) + _GROUPS[place]
    return re.sub(r"^一十", "十", re.sub(r"二(?=[千万亿])", "两", words)) or "零"


def _below_ten_thousand(value: int) -> str:
    words = "".join(
        DIGITS[digit] + (_PLACES[len(str(value)) - 1 - at] if digit != "0" else "")
        for at, digit in enumerate(str(value))
    )
    return re.sub(r"零+", "零", words).rstrip("零")


def one_by_one(figures: str) -> str:
    return "".join(DIGITS[digit] for digit in figures)


def called_out(figures: str) -> str:
    return "".join(CALLED_OUT[digit] for digit in figures)


def _time(match: re.Match[str]) -> str:
    hour, minute = match.groups()
    if minute == "00":
        return f"{amount(hour)}点整"
    return f"{amount(hour)}点{'零' if minute[0] == '0' else ''}{amount(minute)}分"


def _decimal(whole: str, part: str) -> str:
    return f"{amount(whole)}点{one_by_one(part)}"


# Tried in this order; each rule sees what the ones before left.
RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(\d{1,2}):(\d\d)(?!\d)"), _time),
    (re.compile(r"(\d{3,4})-(\d{7,8})(?!\d)"), lambda m: f"{called_out(m[1])}，{called_out(m[2])}"),
    (re.compile(r"(?<!\d)(\d{4})(?=年)"), lambda m: one_by_one(m[1])),
    (re.compile(r"(\d+)\.(\d+)%"), lambda m: f"百分之{_decimal(m[1], m[2])}"),
    (re.compile(r"(\d+)%"), lambda m: f"百分之{amount(m[1])}"),
    (re.compile(r"(\d+)\.(\d+)"), lambda m: _decimal(m[1], m[2])),
    # The hotline's own name is 一二三四五, not an order number.
    (re.compile(r"(?<!\d)12345(?!\d)"), lambda m: one_by_one(m[0])),
    # A pause before the key: without it 二 was not heard (measured).
    (re.compile(r"按(\d)(?!\d)"), lambda m: f"按、{one_by_one(m[1])}"),
    (re.compile(r"(?<!\d)(\d{3,4})(?=室|号房|房间)"), lambda m: called_out(m[1])),
    (re.compile(rf"(?<!\d)2(?=[{COUNTED_AS_LIANG}])"), lambda _: "两"),
    (re.compile(rf"(?<!\d)(\d{{1,12}})(?=[{COUNTED}])"), lambda m: amount(m[1])),
    # 110, 120, 12315, 95598, 96xxx.
    (re.compile(r"(?<!\d)(1\d{2}|1\d{4}|9\d{4})(?!\d)"), lambda m: called_out(m[1])),
    (re.compile(r"\d{6,}"), lambda m: called_out(m[0])),
    (re.compile(r"\d+"), lambda m: amount(m[0])),
)


def figures_to_words(text: str) -> str:
    """Replace every ASCII figure by what is said."""
    for pattern, words in RULES:
        text = pattern.sub(words, text)
    return text

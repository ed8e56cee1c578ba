"""Telephone numbers as callers and carriers write them, brought to one spelling."""

from __future__ import annotations

import re

_NOT_DIGITS = re.compile(r"[^0-9]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def normalise_number(text: str) -> str:
    """The one spelling of a number: digits only, without +86 / 0086 / 86 and a mobile's long-distance 0.

    `+86 138-0000-6027`, `013800006027` and `13800006027` are the same caller; `051088880000` keeps its 0
    because a fixed line is dialled with it. An empty result means a withheld number.
    """
    digits = _NOT_DIGITS.sub("", text)
    national = _without_country(digits, plus=text.strip().startswith("+"))
    return national[1:] if _MOBILE.fullmatch(national[1:]) and national.startswith("0") else national


def is_mobile(number: str) -> bool:
    """Whether a normalised number is a mobile's: 11 digits, 13…19 first."""
    return _MOBILE.fullmatch(number) is not None


def _without_country(digits: str, *, plus: bool) -> str:
    if digits.startswith("0086"):
        return _national(digits[4:])
    if digits.startswith("86") and (plus or _MOBILE.fullmatch(digits[2:])):
        return _national(digits[2:])
    return digits


def _national(rest: str) -> str:
    """A number behind +86: a mobile as it is, a fixed line with the 0 that is dropped abroad."""
    if not rest or _MOBILE.fullmatch(rest) or rest.startswith("0"):
        return rest
    return f"0{rest}"

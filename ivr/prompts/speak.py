"""The text front end: turns a prompt's text into Hanzi and pauses, or refuses it."""

from __future__ import annotations

import re
import unicodedata

from ivr.prompts.numbers import figures_to_words

VERSION = 1
"""Part of every cached file's name: raise it when a rule here or in numbers.py changes."""

PAUSES = {"、": 0.10, "，": 0.20, "：": 0.25, "；": 0.30, "。": 0.35, "！": 0.35, "？": 0.35}
"""Seconds of silence that a mark stands for."""

_MARKS = str.maketrans({",": "，", ";": "；", ":": "：", "!": "！", "?": "？", "(": "，", ")": "，"})
_UNHEARD = re.compile(r"[\s“”\"'‘’《》〈〉「」『』【】\[\]·…]|\.{2,}")
_SYMBOLS = {"#号": "井号", "#": "井号", "*号": "星号", "*": "星号", "+": "加", "&": "和", "=": "等于"}
_TO = re.compile(r"(?<=\w)[-–—~](?=\w)")
# A single letter has no Hanzi reading; these are how announcers are imitated. Write words in Hanzi.
_LETTERS = (
    dict(zip("ABCDEGIJKNOPTUVYZ", "诶必西迪衣记爱杰开恩欧批踢优维歪贼", strict=True))
    | {"F": "艾福", "H": "艾尺", "L": "艾欧", "M": "艾姆", "Q": "吉优"}
    | {"R": "阿尔", "S": "艾丝", "W": "达布留", "X": "艾克斯"}
)
_SPEAKABLE = re.compile(r"[\u4e00-\u9fa5、，：；。！？]")


class UnspeakableText(ValueError):
    """Some characters have no reading; they are named, because skipping them would change the meaning."""

    def __init__(self, characters: str, text: str) -> None:
        self.characters = characters
        super().__init__(f"“{characters}”没有读法（原文：{text[:60]}）")


def spoken(text: str) -> str:
    """What is said for `text`: Hanzi and pause marks only. Raises UnspeakableText."""
    plain = _UNHEARD.sub("", unicodedata.normalize("NFKC", text))
    words = _TO.sub("至", figures_to_words(plain))
    for symbol, reading in _SYMBOLS.items():
        words = words.replace(symbol, reading)
    words = re.sub(r"按(?=[井星]号)", "按、", words)
    words = re.sub(r"[A-Za-z]", lambda m: _LETTERS[m[0].upper()], words).translate(_MARKS)
    _refuse_unspeakable(words, text)
    return words


def clauses(words: str) -> list[tuple[str, float]]:
    """The parts between pauses, each with the silence after it in seconds; the last is followed by none."""
    found = re.findall(r"([^、，：；。！？]+)([、，：；。！？]*)", words)
    timed = [(clause, max((PAUSES[mark] for mark in marks), default=0.0)) for clause, marks in found]
    return [*timed[:-1], (timed[-1][0], 0.0)] if timed else []


def _refuse_unspeakable(words: str, text: str) -> None:
    strange = "".join(sorted({character for character in words if not _SPEAKABLE.match(character)}))
    if strange or not clauses(words):
        raise UnspeakableText(strange or text, text)

"""Hanzi to pinyin with tones as spoken: tone sandhi, and the words that the dictionary reads wrongly."""

from __future__ import annotations

from functools import cache
from typing import Any

from pypinyin import Style, load_phrases_dict
from pypinyin.contrib.neutral_tone import NeutralToneWith5Mixin
from pypinyin.contrib.tone_sandhi import ToneSandhiMixin
from pypinyin.converter import DefaultConverter
from pypinyin.core import Pinyin

# Of 78 words of an office's day these were read wrongly, or are too important to leave to a guess.
WORDS = {
    "重听": "chóng tīng",
    "还款": "huán kuǎn",
    "长按": "cháng àn",
    "为您": "wèi nín",
    "给予": "jǐ yǔ",
    "这儿": "zhè er",
}


class _AsSpoken(NeutralToneWith5Mixin, ToneSandhiMixin, DefaultConverter):
    pass


@cache
def _reader() -> Any:
    load_phrases_dict({word: [[syllable] for syllable in reading.split()] for word, reading in WORDS.items()})
    return Pinyin(_AsSpoken())


def syllables(clause: str) -> list[str]:
    """One syllable a character, tone 1 to 5 last: `可以` → `ke2 yi3`."""
    read = [found[0] for found in _reader().pinyin(clause, style=Style.TONE3, errors="ignore")]
    return [syllable if syllable[-1].isdigit() else f"{syllable}5" for syllable in read]

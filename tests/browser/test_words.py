"""Every word of the desk in both languages: the tables agree, and nothing is shown that stands in neither."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent_desktop.pages import TEMPLATES
from hotline.runtime import bundle
from tests.browser.tables import Words

SOURCES = bundle.FRONTEND / "src"
CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
PLACES = re.compile(r"\{\w+\}")
NOTHING_TO_SAY = {"reason_", "people", "after_pause"}
"""No reason, no unit in English, an arrow alone."""
PAGES = (
    "_page.html",
    "board.html",
    "callbacks.html",
    "calls.html",
    "cases.html",
    "desk.html",
    "error.html",
    "login.html",
)
SPOKEN = {"aria-label": "data-t-label"}


def test_every_word_has_both_languages(words: Words) -> None:
    assert len(words) > 400
    lacking = [key for key, pair in words.items() if not all(pair) and key not in NOTHING_TO_SAY]
    assert lacking == []
    assert [key for key, (_, english) in words.items() if CHINESE.search(english)] == []
    same = [key for key, (chinese, english) in words.items() if chinese == english and CHINESE.search(chinese)]
    assert same == []


def test_both_languages_leave_room_for_the_same_facts(words: Words) -> None:
    differ = {key for key, pair in words.items() if set(PLACES.findall(pair[0])) - set(PLACES.findall(pair[1]))}
    differ |= {key for key, pair in words.items() if set(PLACES.findall(pair[1])) - set(PLACES.findall(pair[0]))}
    assert differ == set()


def test_no_key_stands_in_two_tables() -> None:
    """The later table would win, and nobody would know."""
    keys: list[str] = []
    for table in SOURCES.glob("words*.ts"):
        keys += re.findall(r'^ {2}"?([\w-]+)"?: \[', table.read_text("utf-8"), re.MULTILINE)
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_every_word_that_scripts_say_is_there(words: Words) -> None:
    missing = set()
    for source in SOURCES.rglob("*.ts"):
        text = source.read_text("utf-8")
        missing |= {(source.name, key) for key in re.findall(r'\bsay\("([^"]*)"', text) if key not in words}
        for start in re.findall(r"\bsay\(`([\w-]+)\$\{", text):
            if not any(key.startswith(start) for key in words):
                missing.add((source.name, start))
    assert missing == set()


def test_scripts_say_nothing_in_chinese_but_through_the_tables() -> None:
    """Comments may, and comparisons with the server's words; what is shown may not."""
    found = []
    for source in SOURCES.rglob("*.ts"):
        if not source.name.startswith("words"):
            code = re.sub(r'/\*.*?\*/|//[^\n]*|[!=]== "[^"]*"', "", source.read_text("utf-8"), flags=re.DOTALL)
            found += [f"{source.name}: {line.strip()}" for line in code.splitlines() if CHINESE.search(line)]
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_every_word_that_the_server_renders_names_its_translation(name: str, words: Words) -> None:
    page = _Page(words)
    page.feed(_shown(TEMPLATES / name))
    assert page.untranslated == []


def _shown(template: Path) -> str:
    """The template's own text; what comes from tables and people is left out."""
    text = re.sub(r"\{#.*?#\}|\{% block title %\}.*?\{% endblock %\}", "", template.read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", "x", text, flags=re.DOTALL), flags=re.DOTALL)


class _Page(HTMLParser):
    """Collects Chinese text that stands in no element with `data-t`, and labels without theirs."""

    VOID = frozenset({"input", "br", "meta", "link", "path", "use"})

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._open: list[tuple[str, str]] = []
        self.untranslated: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        key = given.get("data-t", "")
        if key and "x" not in key and key not in self._words:
            self.untranslated.append(f"data-t={key}")
        for said, label in SPOKEN.items():
            if CHINESE.search(given.get(said, "")) and given.get(label, "") not in self._words:
                self.untranslated.append(f"{tag} {said}={given[said]}")
        if tag not in self.VOID:
            self._open.append((tag, key))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if CHINESE.search(data) and not (self._open and self._open[-1][1]):
            self.untranslated.append(data.strip())

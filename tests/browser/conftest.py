"""A desk in a two-party call, in a real Chromium, with a state that the test gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from hotline.settings import Settings
from hotline.trial import Trial
from tests.browser.looking import IN_CALL, Looking, an_agent, build
from tests.browser.states import DIRECTORY, INITIALS
from tests.browser.tables import Words, words_of_the_page
from tests.stories.desk import CHROMIUM, FLAGS


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    settings = Trial(tmp_path_factory.mktemp("home"), 28000).settings
    return settings, build(settings, tmp_path_factory.mktemp("looks"))


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Words:
    """The tables as the page has them."""
    return words_of_the_page(tmp_path_factory.mktemp("words"))


@pytest.fixture
def look(chromium: Browser, bundle: tuple[Settings, Path]) -> Iterator[Looking]:
    """A desk in a two-party call."""
    opened = Looking(chromium, *bundle)
    opened.answers["/api/directory"] = [
        entry
        | {
            "languages": ["普通话"],
            "initials": INITIALS[str(entry["id"])],
            "on_duty": entry["id"] != "shebao",
            "state": "free",
        }
        for entry in DIRECTORY
    ]
    opened.answers["/api/targets"] = {
        "queues": [{"id": "general", "name": "综合坐席", "waiting": 3, "ready": 1}],
        "agents": [{"id": "1002", "name": "李建国", "state": "ready"}],
    }
    opened.show(**IN_CALL, agent=an_agent())
    opened.call()
    yield opened
    opened.close()
    assert opened.console == []

"""Fills the desk's case form as an agent does: with the keyboard, and by what the page shows."""

from __future__ import annotations

import time

from tests.patience import LONG
from tests.stories.desk import Desk

DIRECT, DISPATCH = "direct_answer", "dispatch"


class CasePage:
    """The case form of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._page = desk, desk.page

    def fill(
        self, text: str, *, initials: str = "jgqs", kind: str = "help", district: str = "02",
        outcome: str = DIRECT, answer: str = "",
    ) -> CasePage:  # fmt: skip
        """Type, class code by pinyin initials, district, what was said, and what becomes of it."""
        self._page.locator(f"[data-field=kind] [data-code={kind}]").click()
        self._page.fill("#class-code", initials)
        self._page.press("#class-code", "Enter")
        self._page.select_option("#district", district)
        self._page.fill("#case-text", text)
        self._page.fill("#case-answer", answer)
        self._page.locator(f"[data-choice={outcome}]").click()
        return self

    def submit(self, sync: str = "stored", seconds: float = LONG) -> str:
        """Save; the printed number once the form says so ("" while it waits for PostgreSQL)."""
        self._desk.act("submit")
        return self.wait_saved(sync, seconds)

    def wait_saved(self, sync: str = "stored", seconds: float = LONG) -> str:
        deadline = time.monotonic() + seconds
        while (self.mark("state"), self.mark("sync")) != ("saved", sync):
            if time.monotonic() > deadline:
                raise AssertionError(f"the form is {self.mark('state')!r} {self.mark('sync')!r}\n{self._desk.said()}")
            self._page.wait_for_timeout(50)
        return self.mark("caseNumber")

    def mark(self, name: str) -> str:
        return str(self._page.evaluate("n => document.querySelector('case-form').dataset[n] ?? ''", name))

    def written(self) -> tuple[str, str, str]:
        """What stands in the form now: text, answer, district."""
        fields = ("#case-text", "#case-answer", "#district")
        text, answer, district = (self._page.input_value(field) for field in fields)
        return text, answer, district

    def wait_draft_on_server(self, call_id: str, seconds: float = LONG) -> None:
        """Until the server has the draft of this call as it stands in the form."""
        ask = "async (path) => (await (await fetch(path)).json()).fields?.text"
        deadline = time.monotonic() + seconds
        while self._page.evaluate(ask, f"/api/drafts/{call_id}") != self._page.input_value("#case-text"):
            if time.monotonic() > deadline:
                raise AssertionError(f"the draft did not reach the server\n{self._desk.said()}")
            self._page.wait_for_timeout(200)

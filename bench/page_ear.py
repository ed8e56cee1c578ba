"""One desk in a real Chromium: when its page had drawn what a frame told it."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from hotline.trial import Trial
from tests.stories.desk import Desk, open_browser, write_tone

AGENT = "1001"
NOTE_FRAMES = """() => {
  window.benchDrawn = [];
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', (event) => {
        if (typeof event.data !== 'string' || !event.data.includes('"queues"')) return;
        requestAnimationFrame(() => benchDrawn.push((performance.timeOrigin + performance.now()) / 1000));
      });
    }
  };
}"""


class PageEar:
    """The browser lives in a thread of its own: its library and our loop each want one."""

    def __init__(self, trial: Trial, home: Path) -> None:
        self._trial, self._home = trial, home
        self._said: list[float] = []
        self._asked: queue.Queue[str] = queue.Queue()
        self._told: queue.Queue[Any] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        begun = self._told.get(timeout=90)
        if isinstance(begun, Exception):
            raise begun

    def said(self, at: float) -> None:
        """An event was told at this time."""
        self._said.append(at)

    def times(self) -> list[float]:
        """Milliseconds from each event that changed the queues to the page that shows it."""
        self._asked.put("drawn")
        drawn: list[float] = self._told.get(timeout=30)
        after = [(at, min((each for each in drawn if each >= at), default=None)) for at in self._said]
        return [(shown - at) * 1000 for at, shown in after if shown is not None]

    def close(self) -> None:
        self._asked.put("close")
        self._thread.join(20)

    def _run(self) -> None:
        try:
            with sync_playwright() as playwright:
                browser = open_browser(playwright, write_tone(self._home / "tone.wav", 1000))
                origin = self._trial.status()["addresses"]["web_local"].rstrip("/")
                desk = Desk(browser, origin, AGENT, self._trial.passwords()[AGENT])
                desk.context.add_init_script(f"({NOTE_FRAMES})()")
                desk.log_in().wait_mark("phone", "registered", seconds=60)
                self._told.put(None)
                self._serve(desk)
                browser.close()
        except Exception as error:
            self._told.put(error)

    def _serve(self, desk: Desk) -> None:
        while True:
            desk.page.wait_for_timeout(100)
            if self._asked.empty():
                continue
            if self._asked.get() == "close":
                return
            self._told.put(desk.page.evaluate("() => benchDrawn"))

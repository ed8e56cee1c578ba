"""Who presses in the emergency bench: a desk in Chromium, cti's own command, or a desk's plain telephone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from playwright.sync_api import sync_playwright

from hotline.phone.client import Phone
from hotline.runtime import asterisk
from hotline.settings import Settings
from hotline.trial import Trial
from tests.stories.desk import Desk, open_browser, write_tone
from tests.telephony.asterisk_only import AsteriskOnly
from tests.telephony.conftest import DESKS
from tests.telephony.table import Table, laid, tables

SERVICE = "110"
PATIENCE = 30.0
CLICKED = "addEventListener('click', () => { window.clickedAt = performance.timeOrigin + performance.now() }, true)"


class Side(Protocol):
    """One agent who talks and presses."""

    settings: Settings

    def talk(self) -> None: ...

    def press(self) -> Callable[[], float]:
        """Press, and say afterwards when that was, on this machine's monotonic clock."""

    def settle(self) -> None:
        """The operator has left: wait until another press is a new one."""

    def end_call(self) -> None: ...


class InChromium:
    """The whole hotline and one page; the click's time is the page's own."""

    def __init__(self, opened: ExitStack, home: Path, port_base: int) -> None:
        trial = Trial(home / "emergency", port_base, {"HOTLINE_WRAP_UP_SECONDS": "1"})
        opened.callback(trial.remove)
        opened.callback(trial.stop)
        trial.start()
        self.settings = trial.settings
        self._caller = opened.enter_context(Phone.of(self.settings))
        browser = open_browser(opened.enter_context(sync_playwright()), write_tone(home / "tone.wav", 1000))
        opened.callback(browser.close)
        origin = trial.status()["addresses"]["web_local"].rstrip("/")
        self._desk = Desk(browser, origin, "1001", trial.passwords()["1001"]).log_in().take_calls()
        self._desk.page.evaluate(CLICKED)

    def talk(self) -> None:
        self._caller.call(f"sip:12345@127.0.0.1:{self.settings.port('sip')}", number="13800000001")
        self._caller.wait_answered(seconds=PATIENCE)
        self._desk.answer_and_hear()

    def press(self) -> Callable[[], float]:
        self._desk.act(f"sos-{SERVICE}")
        return lambda: self._desk.page.evaluate("window.clickedAt") / 1000 - (time.time() - time.monotonic())

    def settle(self) -> None:
        self._desk.page.wait_for_timeout(600)

    def end_call(self) -> None:
        self._desk.hang_up()
        self._caller.wait_over(seconds=PATIENCE)
        self._desk.wait_mark("agent", "ready", seconds=PATIENCE)


class ByTelephone:
    """Asterisk alone: no ivr, cti, web or PostgreSQL runs. The agent keys, or dials beside the call."""

    def __init__(self, opened: ExitStack, home: Path, *, keys: bool) -> None:
        assets = {"HOTLINE_ASSETS": str(home / "assets")}
        self._asterisk = opened.enter_context(AsteriskOnly(home / "only", desks=DESKS, changes=assets))
        self.settings, self._keys = self._asterisk.settings, keys
        self._caller = opened.enter_context(Phone.of(self.settings, 0))
        self._agent = opened.enter_context(Phone.of(self.settings, 1))
        for phone in (self._caller, self._agent):  # one that says nothing sends nothing, keys included
            phone.play(write_tone(home / "voice.wav", 440))
        self._agent.register("1001", DESKS[0].password, f"127.0.0.1:{self.settings.port('sip')}", seconds=PATIENCE)

    def talk(self) -> None:
        self._asterisk.join("1001")
        self._caller.call(self._asterisk.address(), number="13800000001")
        self._agent.wait("ringing", seconds=PATIENCE)
        self._agent.wait_state("confirmed", seconds=PATIENCE)
        self._asterisk.leave("1001")
        time.sleep(0.5)

    def press(self) -> Callable[[], float]:
        at = time.monotonic()
        if self._keys:
            self._agent.press(f"*{SERVICE}")
        else:
            line = f"sip:*{SERVICE}@127.0.0.1:{self.settings.port('sip')}"
            self._agent.call(line, number="1001", line="registered", beside=True)
        return lambda: at

    def settle(self) -> None:
        time.sleep(0.3)

    def end_call(self) -> None:
        self._caller.hang_up()
        self._asterisk.wait_idle()


class ByCommand:
    """The engine beside Asterisk: the time counts from the command's arrival at cti."""

    def __init__(self, opened: ExitStack, home: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._table = opened.enter_context(_table(home / "table"))
        self.settings = self._table.asterisk.settings
        self._call = opened.enter_context(ExitStack())

    def talk(self) -> None:
        """Each call has an engine of its own, as each story of the tests has."""
        story = laid(self._table, proved=False)
        self._loop.run_until_complete(story.__aenter__())
        self._call.callback(lambda: self._loop.run_until_complete(story.__aexit__(None, None, None)))
        self._loop.run_until_complete(self._table.talks())

    def press(self) -> Callable[[], float]:
        at = time.monotonic()
        self._loop.run_until_complete(self._table.does("emergency", service=SERVICE))
        return lambda: at

    def settle(self) -> None:
        self._loop.run_until_complete(self._table.until(lambda: not self._table.call.legs_of("emergency")))

    def end_call(self) -> None:
        self._table.phones["caller"].hang_up()
        self._loop.run_until_complete(self._table.over("agent"))
        self._call.close()


@contextmanager
def _table(folder: Path) -> Iterator[Table]:
    folder.mkdir()
    folder.chmod(0o755)
    yield from tables(folder)


def route_is_there(settings: Settings, number: int) -> bool:
    """Whether Asterisk has had an answer from a route's phone."""
    port = f":{settings.port('phones') + number} "
    lines = asterisk.console(settings, "pjsip show contacts").splitlines()
    return any(port in line and "Avail" in line for line in lines)

"""Drives one agent's desk in a real Chromium, and hears what the agent hears."""

from __future__ import annotations

import math
import struct
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from hotline.phone.ear import Heard
from tests.patience import LONG, again_until

TALK_SECONDS = 2.0
"""Twice as long as any figure of a talk may be off."""
CHROMIUM = "/usr/bin/chromium"
EAR = Path(__file__).with_name("ear.js").read_text("utf-8")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-quic",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required", "--ignore-certificate-errors",
    "--allow-loopback-in-peer-connection",
]  # fmt: skip

PLAY = """async ([url, seconds]) => {
  const audio = Object.assign(new Audio(), { src: url });
  await new Promise((done, failed) => {
    audio.addEventListener('loadedmetadata', done, { once: true });
    audio.addEventListener('error', () => failed(new Error(audio.error?.message)), { once: true });
    audio.load();
    audio.preload = 'auto';
  });
  if (!(audio.duration > 0)) throw new Error(`duration ${audio.duration}`);
  await audio.play();
  const givenUp = performance.now() + 30000;
  while (audio.currentTime < seconds && !audio.ended && performance.now() < givenUp)
    await new Promise((done) => setTimeout(done, 50));
  audio.pause();
  return audio.currentTime;
}"""


def write_tone(path: Path, hertz: float, seconds: float = 10.0, dbfs: float = -14.0) -> Path:
    """A mono 48 kHz wav with a steady sine; `dbfs` is its RMS level."""
    peak = 32767 * 10 ** (dbfs / 20) * math.sqrt(2)
    samples = [round(peak * math.sin(2 * math.pi * hertz * n / 48000)) for n in range(int(seconds * 48000))]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def open_browser(playwright: Playwright, microphone: Path) -> Browser:
    """A Chromium whose microphone plays `microphone` for ever; one browser process a tone."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, headless=True, args=[*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    )


class Desk:
    """One agent's page. Every wait has an end; a failed one says what the page showed."""

    def __init__(self, browser: Browser, origin: str, agent: str, password: str) -> None:
        self.agent, self._password, self._origin = agent, password, origin
        self._browser = browser
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1366, "height": 768}, ignore_https_errors=True, permissions=["microphone"]
        )
        self.caller_heard: list[tuple[float, float]] = []
        """When this page heard the caller's tone, in pieces, by the clock on the wall."""
        self.context.expose_binding("deskHeard", lambda _, spans: self.caller_heard.extend(map(tuple, spans)))
        self.context.add_init_script(EAR)
        self.context.set_default_timeout(LONG * 1000)
        self.page: Page = self.context.new_page()
        self.console: list[str] = []
        self.muted_at: list[float] = []
        """When the agent pressed mute and unmute in turn, by the monotonic clock."""
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"pageerror: {error}"))

    def log_in(self) -> Desk:
        self.page.goto(f"{self._origin}/login")
        self.page.fill("input[name=agent]", self.agent)
        self.page.fill("input[name=password]", self._password)
        self.page.click("form button[type=submit]")
        self.page.wait_for_url("**/desk")
        return self

    def take_calls(self) -> Desk:
        """Check microphone and line as the page asks, then become ready."""
        self.wait_mark("phone", "registered")
        begin = self.page.locator("#check-pane [data-act=check]")
        if begin.is_visible():
            begin.click()
        ready = self.page.locator("[data-act=ready]:visible").first
        ready.wait_for(state="visible", timeout=60_000)
        ready.click()
        self.wait_mark("agent", "ready")
        return self

    def another_window(self) -> Desk:
        """The same agent at a fresh window of the same browser."""
        return Desk(self._browser, self._origin, self.agent, self._password)

    def sign_off(self) -> None:
        """Log out as an agent would; then the browser window closes."""
        if not self.page.is_closed() and "/desk" in self.page.url:
            self.page.click("[data-open=self]")
            self.page.click("#self-sheet [data-leave]")
            self.page.wait_for_url("**/login*", timeout=30_000)
        self.context.close()

    def close(self) -> None:
        """The window goes away without a word."""
        self.context.close()

    # what the agent does
    def answer(self) -> None:
        self.wait_mark("call", "ringing")
        self.act("answer")

    def act(self, name: str) -> None:
        if name == "mute":
            self.muted_at.append(time.monotonic())
        self.page.locator(f"[data-act={name}]:visible").first.click()

    def answer_and_hear(self) -> None:
        """Answer, wait until the page itself says that audio flows, and talk a while: what is short proves nothing."""
        self.answer()
        self.wait_mark("call", "in-call")
        self.wait_mark("audio", "flowing")
        self.page.wait_for_timeout(TALK_SECONDS * 1000)

    def hang_up(self) -> None:
        self.act("hang-up")
        self.wait_mark("call", "wrap-up", "idle")

    # what the page says of itself
    def mark(self, name: str) -> str:
        """The value of a `data-…` mark of the page's call bar."""
        return str(self.page.evaluate("n => document.querySelector('[data-phone]')?.dataset[n] ?? ''", name))

    def wait_mark(self, name: str, *values: str, seconds: float = LONG) -> str:
        deadline = time.monotonic() + seconds
        while (now := self.mark(name)) not in values:
            if time.monotonic() > deadline:
                raise AssertionError(f"desk {self.agent}: {name}={now!r}, waited for {values}\n{self.said()}")
            self.page.wait_for_timeout(30)
        return now

    def said(self) -> str:
        text = self.page.inner_text("body")[:1500]
        return f"page: {text}\nconsole: {self.console[-15:]}"

    def call_id(self) -> str:
        """Which call the caller card belongs to."""
        return str(self.page.locator("caller-card").get_attribute("data-call-id") or "")

    def shown(self, field: str) -> str:
        """What a field of the caller card shows."""
        return self.page.inner_text(f"caller-card [data-field={field}]", timeout=60_000)

    # the lists and the recordings
    def open_view(self, name: str) -> None:
        self.page.click(f".rail [data-view={name}]")

    def reload(self) -> None:
        """Reload as a browser does after a crash: nobody is asked whether to stay."""
        self.page.evaluate("() => addEventListener('beforeunload', (e) => e.stopImmediatePropagation(), true)")
        self.page.reload()
        self.wait_mark("phone", "registered")

    def status_of(self, url: str, headers: dict[str, str] | None = None) -> int:
        """HTTP status that the page gets when it asks for `url` with its own log-in."""
        ask = "async ([url, headers]) => (await fetch(url, { headers })).status"
        return int(self.page.evaluate(ask, [url, headers or {}]))

    def play(self, url: str, seconds: float = 0.7) -> float:
        """Play so many seconds of one leg's recording in the page; how far it came."""
        return float(self.page.evaluate(PLAY, [url, seconds]))

    # what the agent hears
    def listen(self, seconds: float) -> tuple[int, list[int]]:
        """Samples (rate, 16-bit values) of the track that the page receives, for `seconds`."""
        self.page.evaluate("() => testEar.start()")
        self.page.wait_for_timeout(seconds * 1000)
        heard: dict[str, Any] = self.page.evaluate("() => testEar.stop()")
        return int(heard["rate"]), list(heard["samples"])

    def hear(self, seconds: float = 1.5) -> Heard:
        """What the agent hears from now on, for `seconds`."""
        rate, samples = self.listen(seconds)
        return Heard(numpy.array(samples, dtype=float) / 32768, rate)

    def hear_until(self, fits: Callable[[Heard], bool], seconds: float = 1.5) -> Heard:
        """Listen again and again until what is heard fits; after far too long the last one as it is."""
        return again_until(lambda: self.hear(seconds), fits)

    def shoot(self, path: Path) -> None:
        self.page.screenshot(path=str(path))


__all__ = ["Desk", "expect", "open_browser", "write_tone"]

"""One whole hotline for all stories: real Asterisk, PostgreSQL, phones and Chromium."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from hotline.phone.client import Phone
from hotline.trial import Trial
from tests.patience import LONG
from tests.ports import claimed_ports
from tests.proof.proof import Proof
from tests.stories.case_book import CaseBook
from tests.stories.desk import Desk, open_browser, write_tone
from tests.stories.voices import AGENT_TONES, CALLER_TONE

CALLER_NUMBER = "13900001234"
TOLD = pytest.StashKey[list[pytest.TestReport]]()

__all__ = ["AGENT_TONES", "CALLER_TONE"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "setup":
        item.stash[TOLD] = []  # a second chance begins anew
    item.stash[TOLD].append(report)
    return report


@pytest.fixture(scope="package")
def hotline() -> Iterator[Trial]:
    """A hotline of the tests' own, beside whatever else runs on this machine."""
    with claimed_ports() as base, running(base) as trial:
        yield trial


@pytest.fixture(scope="module")
def own_ports() -> Iterator[int]:
    """Where a story starts a hotline of its own, beside the one that all others share."""
    with claimed_ports() as base:
        yield base


@contextlib.contextmanager
def running(port_base: int, extra: Mapping[str, str] | None = None) -> Iterator[Trial]:
    """A hotline that lives as long as the block; a module that needs its own overrides `hotline` with it."""
    home = Path(tempfile.mkdtemp(prefix="hotline-stories-", dir="/var/tmp"))
    home.chmod(0o755)
    trial = Trial(home, port_base, {"HOTLINE_RING_SECONDS": "6", "HOTLINE_WRAP_UP_SECONDS": "3", **(extra or {})})
    try:
        yield trial.start()
    finally:
        trial.stop()
        keep = os.environ.get("HOTLINE_KEEP_LOGS")
        if keep:
            shutil.copytree(home / "log", Path(keep) / str(port_base), dirs_exist_ok=True)
        trial.remove()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Gone with the last story: while it lives the main thread has a running loop, and no other test can have one."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browsers(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Browser]]:
    """One browser an agent, each with a microphone that plays the agent's own tone."""
    folder = tmp_path_factory.mktemp("tones")
    opened = {
        agent: open_browser(playwright, write_tone(folder / f"{agent}.wav", hertz))
        for agent, hertz in AGENT_TONES.items()
    }
    yield opened
    for browser in opened.values():
        browser.close()


@pytest.fixture
def proof(request: pytest.FixtureRequest, hotline: Trial) -> Iterator[Proof]:
    """What the story's phones, desks and board say of its calls; compared when all of them are at rest again.

    A story that failed has nothing to prove; one whose figures cannot agree by design says why in its mark.
    """
    _wait_healthy(hotline)
    kept = Proof(hotline, request.node.nodeid)
    try:
        yield kept
        if not _has_failed(request.node) and not _says_why_not(request.node):
            _wait_healthy(hotline)
            kept.prove()
    finally:
        kept.close()


@pytest.fixture
def healthy(proof: Proof) -> Trial:
    """The hotline with every process serving and the beat fresh, whatever the last story did."""
    return proof.hotline


@pytest.fixture
def desk(proof: Proof, healthy: Trial, browsers: dict[str, Browser]) -> Iterator[Callable[..., Desk]]:
    """`desk("1001")`: that agent's page, logged in and ready; signed off after the story."""
    opened: list[Desk] = []

    def open_desk(agent: str = "1001", *, ready: bool = True) -> Desk:
        origin = healthy.status()["addresses"]["web_local"].rstrip("/")
        page = Desk(browsers.get(agent, browsers["1002"]), origin, agent, healthy.passwords()[agent])
        opened.append(page)
        proof.desks.append(page)
        page.log_in()
        return page.take_calls() if ready else page

    yield open_desk
    for page in opened:
        with contextlib.suppress(Exception):
            page.sign_off()
        with contextlib.suppress(Exception):
            page.close()


@pytest.fixture
def citizen(proof: Proof, healthy: Trial, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """`citizen()` places a call that speaks 440 Hz and records what it hears; `citizen(dial=False)` only is a phone."""
    phones: list[Phone] = []

    def pick_up(*, number: str = CALLER_NUMBER, name: str = "", dial: bool = True) -> Phone:
        phone = Phone.of(healthy.settings, len(phones))
        phones.append(phone)
        proof.tapes(phone, tmp_path / f"tape-{len(phones)}.wav")
        phone.play(write_tone(tmp_path / "caller.wav", CALLER_TONE))
        phone.record(tmp_path / f"heard-{len(phones)}.wav")
        if dial:
            phone.call(f"sip:12345@127.0.0.1:{healthy.settings.port('sip')}", number=number, name=name)
            phone.wait_answered(seconds=LONG)
        return phone

    yield pick_up
    for phone in phones:
        phone.quit()
    _wait_quiet(healthy)


@pytest.fixture
def book(healthy: Trial) -> Iterator[CaseBook]:
    """What PostgreSQL and the journal say afterwards."""
    opened = CaseBook(healthy)
    yield opened
    opened.close()


def _wait_healthy(hotline: Trial) -> None:
    hotline.wait(lambda: hotline.status().get("ready") is True, "a healthy hotline", 2 * LONG)
    hotline.wait(lambda: (hotline.status().get("beat_age_s") or 99) < 2.5, "a fresh beat", LONG)


def _has_failed(item: pytest.Item) -> bool:
    return any(report.failed or report.skipped for report in item.stash.get(TOLD, []))


def _says_why_not(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("no_proof")
    assert mark is None or (mark.args and mark.args[0]), "no_proof says why"
    return mark is not None


def _wait_quiet(hotline: Trial, seconds: float = LONG) -> None:
    """No channel is left over for the next story."""
    from hotline.runtime import asterisk

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(asterisk.ConsoleFailed):
            if "0 active channels" in asterisk.console(hotline.settings, "core show channels"):
                return
        time.sleep(0.2)

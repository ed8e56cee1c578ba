"""One Asterisk for each file of stories; each story leaves it as it found it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.runtime.agents_config import PHONE, Desk
from tests.measured import book
from tests.patience import LONG
from tests.telephony.asterisk_only import AsteriskOnly

DESKS = [
    Desk(agent="1001", extension="1001", name="王敏", password="desk-1001-for-tests", device=PHONE),  # noqa: S106
    Desk(agent="1002", extension="1002", name="李强", password="desk-1002-for-tests", device=PHONE),  # noqa: S106
    Desk(agent="1003", extension="1003", name="赵丽", password="desk-1003-for-tests"),  # noqa: S106
]


@pytest.fixture(scope="package")
def place() -> Iterator[Path]:
    """A folder that Asterisk's own user can reach, with a path short enough for a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="hl-tel-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[AsteriskOnly]:
    with AsteriskOnly(place / "home", desks=DESKS, changes={"HOTLINE_ASSETS": str(place / "assets")}) as it:
        yield it


@pytest.fixture
def asterisk(running: AsteriskOnly) -> Iterator[AsteriskOnly]:
    """Asterisk in test mode with three desks, no ivr and no cti."""
    yield running
    running.say("channel request hangup all")
    for desk in DESKS:
        for queue in ("general", "enterprise"):
            running.leave(desk.extension, queue)
    running.wait_idle()


@pytest.fixture
def caller(asterisk: AsteriskOnly) -> Iterator[Phone]:
    with Phone.of(asterisk.settings, 0) as phone:
        yield phone


@pytest.fixture
def desk(asterisk: AsteriskOnly) -> Iterator[Phone]:
    """The line of agent 1001, signed on, which answers each call at once."""
    with Phone.of(asterisk.settings, 1) as phone:
        phone.register("1001", DESKS[0].password, f"127.0.0.1:{asterisk.settings.port('sip')}", seconds=LONG)
        yield phone


@pytest.fixture
def second_desk(asterisk: AsteriskOnly) -> Iterator[Phone]:
    with Phone.of(asterisk.settings, 2) as phone:
        phone.register("1002", DESKS[1].password, f"127.0.0.1:{asterisk.settings.port('sip')}", seconds=LONG)
        yield phone


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    book.tell(terminalreporter.write_line)

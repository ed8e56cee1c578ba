"""The matrix is long: `make test-matrix` runs all of it, every other run a tenth, drawn by a seed that is printed."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.measured import book
from tests.measured.files import recordings_of
from tests.measured.witness import witness
from tests.telephony.table import SEATS, SOUNDS, TONES, Table, laid, tables

HERE = Path(__file__).parent
PART = 10
BY_KEY = ("specialist", "second")
"""Who answers is there once he has pressed 1."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker("matrix")
    if "matrix" in config.getoption("markexpr", "") or any("::" in argument for argument in config.args):
        return
    seed = os.environ.get("HOTLINE_MATRIX_SEED") or str(random.randrange(1_000_000))
    drawn = set(map(id, random.Random(seed).sample(mine, (len(mine) + PART - 1) // PART)))
    left_out = [item for item in mine if id(item) not in drawn]
    config.hook.pytest_deselected(items=left_out)
    gone = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in gone]
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and mine:
        terminal.write_line(f"matrix: {len(drawn)} of {len(mine)} cases, HOTLINE_MATRIX_SEED={seed}")


@pytest.fixture(scope="package")
def place() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="hl-table-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        rings = {"HOTLINE_SPECIALIST_RING_SECONDS": "60", "HOTLINE_RING_SECONDS": "60"}
        rings["HOTLINE_EMERGENCY_RING_SECONDS"] = "4"
        yield from tables(Path(folder), **rings, HOTLINE_SILENT_LINE_SECONDS="30")


@pytest.fixture
async def table(
    place: Table, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Table]:
    """Laid for one case; what its ears heard is measured and kept, and no recording lacks a speaker."""
    before = set(place.asterisk.recordings.rglob("*.sln"))
    with witness(place.asterisk.settings, TONES, SOUNDS, BY_KEY) as it:
        place.witness = it
        try:
            async with laid(place, proved=request.node.get_closest_marker("no_proof") is None) as here:
                yield here
        finally:
            place.witness = None
            await asyncio.to_thread(it.stop)
        files = recordings_of(set(place.asterisk.recordings.rglob("*.sln")) - before, SEATS)
        line = await asyncio.to_thread(it.line, request.node.name, files)
    await asyncio.to_thread(book.keep, line, tmp_path_factory.getbasetemp() / "matrix")
    assert not line["lost"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    book.tell(terminalreporter.write_line)

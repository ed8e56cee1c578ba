"""The matrix is long: `make test-matrix` runs all of it, every other run a tenth, drawn by a seed that is printed."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.telephony.table import Table, laid, tables

HERE = Path(__file__).parent
PART = 10


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
        yield from tables(Path(folder), HOTLINE_SPECIALIST_RING_SECONDS="60", HOTLINE_RING_SECONDS="60")


@pytest.fixture
async def table(place: Table) -> AsyncIterator[Table]:
    async with laid(place) as here:
        yield here

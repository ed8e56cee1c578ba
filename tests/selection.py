"""Which tests a run holds, and the one second chance of a test that speaks over real phones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

HERE = Path(__file__).parent
MATRIX = HERE / "matrix"
REAL_PARTS = tuple(HERE / name for name in ("browser", "hostile", "load", "matrix", "stories", "telephony"))
ON_ASTERISK = ("on_asterisk", "supervision", "second_source", "recording_pause")
ONE_CHANCE = "HOTLINE_ONE_CHANCE"
"""Set it to let every failure stand."""

_second: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Exhaustive versions belong to `make test-matrix`; of the matrix itself its own folder draws a tenth."""
    if "matrix" in config.getoption("markexpr", "") or any("::" in argument for argument in config.args):
        return
    left_out = [item for item in items if item.get_closest_marker("matrix") and MATRIX not in item.path.parents]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(map(id, left_out))
        items[:] = [item for item in items if id(item) not in gone]


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Phones, browsers and Asterisk share two cores with strangers: what fails once is told, what fails twice fails."""
    if os.environ.get(ONE_CHANCE) or not _is_on_real_parts(item.path):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        _second.append(f"{item.nodeid}\n{_why(reports)}")
        if isinstance(item, pytest.Function):
            item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _second:
        terminalreporter.section(f"{len(_second)} failed at first and had a second chance")
        for told in _second:
            terminalreporter.write_line(told)


def _is_on_real_parts(path: Path) -> bool:
    inside = any(folder in path.parents for folder in REAL_PARTS)
    return inside or any(word in path.name for word in ON_ASTERISK)


def _why(reports: list[pytest.TestReport]) -> str:
    """The last lines of what went wrong."""
    failed = next(report for report in reports if report.failed)
    return "\n".join(f"    {line}" for line in str(failed.longrepr).splitlines()[-12:])

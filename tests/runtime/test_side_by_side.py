"""Runs side by side are one: every test once, and a failure of any is the whole's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.side_by_side import NOTHING_SELECTED, run

RIGHT, WRONG = "def test_right(): pass\n", "def test_wrong(): raise AssertionError\n"
QUIET = ["-q", "-p", "no:cacheprovider"]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("first", "second", "code"), [(RIGHT, RIGHT, 0), (WRONG, RIGHT, 1), (RIGHT, WRONG, 1)])
def test_a_failure_of_either_run_is_one_of_the_whole(
    folders: Path, capfd: pytest.CaptureFixture[str], first: str, second: str, code: int
) -> None:
    (folders / "first/test_first.py").write_text(first)
    (folders / "second/test_second.py").write_text(second)
    assert run([["second"]], QUIET) == code
    told = capfd.readouterr().out
    assert told.count("1 passed") + told.count("1 failed") == 2


@pytest.mark.parametrize(("chosen", "code"), [("right", 0), ("wrong", 1), ("nothing", NOTHING_SELECTED)])
def test_a_choice_may_leave_one_run_without_tests_but_not_both(folders: Path, chosen: str, code: int) -> None:
    (folders / "first/test_first.py").write_text(RIGHT)
    (folders / "second/test_second.py").write_text(WRONG)
    assert run([["second"]], [*QUIET, "-k", chosen]) == code


def test_with_a_path_there_is_one_run_of_that_path(folders: Path) -> None:
    (folders / "first/test_first.py").write_text(RIGHT)
    (folders / "second/test_second.py").write_text(WRONG)
    assert run([["second"]], [*QUIET, "first/test_first.py"]) == 0


def test_each_of_three_runs_has_its_own_paths(folders: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("first", "second", "third"):
        (folders / name).mkdir(exist_ok=True)
        (folders / name / f"test_{name}.py").write_text(RIGHT)
    assert run([["second"], ["third"]], QUIET) == 0
    assert capfd.readouterr().out.count("1 passed") == 3

"""The `hotline` command where nothing runs: words, cures and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline import cli, status


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_PORT_BASE", "17000")
    for name in ("DATABASE_URL", "HOTLINE_ASSETS", "ASTERISK_BIN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_doctor_names_every_fault_of_an_empty_home_with_a_cure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    faults = [number for number, line in enumerate(lines) if line.startswith(("✗", "⚠"))]
    assert len(faults) > 5
    assert all("cure" in "".join(lines[number + 1 : number + 4]) for number in faults)


def test_status_of_a_hotline_that_does_not_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--json"]) == status.NOT_RUNNING
    assert json.loads(capsys.readouterr().out) == {"ready": False, "home": str(home)}
    assert cli.main(["stop"]) == 0


def test_a_board_that_a_killed_supervisor_left_behind_is_not_believed(home: Path) -> None:
    (home / "run").mkdir()
    left = {"ready": True, "supervisor": {"pid": 4_190_000}}
    (home / "run/status.json").write_text(json.dumps(left))
    assert cli.main(["status"]) == status.NOT_RUNNING


def test_test_mode_is_not_turned_off_by_accident(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert cli.main(["test-mode", "off"]) == 1
    assert "--yes" in capsys.readouterr().out
    assert not (home / "state/test-mode").exists()


def test_a_failure_is_one_sentence_not_a_traceback(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "hotline.toml").write_text("wrong = 1")
    assert cli.main(["up"]) == 1
    assert "hotline.toml" in capsys.readouterr().err

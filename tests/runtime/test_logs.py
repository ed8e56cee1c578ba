"""Log files: rotated under a writer that never notices."""

from __future__ import annotations

import os
from pathlib import Path

from hotline.runtime.child import open_log
from hotline.runtime.logs import rotate


def test_a_full_log_is_moved_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "ivr.log"
    with open_log(log) as descriptor:
        for turn in range(4):
            os.write(descriptor, f"turn {turn} ".encode() * 20)
            rotate(tmp_path, largest=100, kept=2)
        os.write(descriptor, b"the last line\n")
    assert log.read_bytes() == b"the last line\n"
    assert (tmp_path / "ivr.log.1").read_text().startswith("turn 3")
    assert (tmp_path / "ivr.log.2").read_text().startswith("turn 2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ivr.log", "ivr.log.1", "ivr.log.2"]


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ivr.log").write_text("short")
    rotate(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ivr.log"]

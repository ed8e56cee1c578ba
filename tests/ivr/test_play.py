"""Stories of admins who walk a menu without a phone, and of the walks they kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivr.menu import FinishInQueue
from ivr.play import main, play
from tests.ivr.menus import PLAN, PLAN_FOLDER

WALKS = sorted((Path(__file__).parent / "walks").glob("*.json"))


@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.stem)
def test_kept_walk_still_ends_where_it_did(path: Path) -> None:
    kept = json.loads(path.read_text("utf-8"))
    _, acts = play(PLAN, kept["menu"], kept["profile"], iter(kept["keys"]), lambda _: None)
    assert acts[-1] == FinishInQueue(queue=kept["queue"], path=kept["path"])


def test_walk_shows_what_the_caller_hears_and_can_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "walks" / "mine.json"
    assert main(["--folder", str(PLAN_FOLDER), "--keys", "73", "--save", str(kept)]) == 0
    shown = capsys.readouterr().out
    assert "通话将被录音" in shown
    assert "按键无效" in shown
    assert "→ 进入队列 enterprise（main:3）" in shown
    assert json.loads(kept.read_text("utf-8"))["keys"] == "73"


def test_walk_that_stops_before_a_queue_is_not_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(PLAN_FOLDER), "--keys", "#"]) == 1
    assert "还没有进入队列" in capsys.readouterr().err

"""The renderer's command line: prompts and music on hold, with progress and warnings in words."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ivr.load import BadPlan
from ivr.prompts.render import TEXTS, NoVoice, render_all

_FRAME = "!" * 72


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every prompt is on disk; 1 with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="ivr.prompts.render", description="生成提示音和等待音乐")
    parser.add_argument("assets", type=Path, help="放置生成文件的目录")
    parser.add_argument("--texts", type=Path, default=TEXTS, help="提示音文字（zh.yaml）")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        manifest = render_all(given.assets, given.texts, _report)
    except (BadPlan, NoVoice, ValueError) as error:
        print(f"提示音生成失败：\n{error}", file=sys.stderr)
        return 1
    for warning in manifest.warnings:
        print(f"{_FRAME}\n{warning}\n{_FRAME}", file=sys.stderr)
    spent = time.monotonic() - began
    print(f"提示音 {len(manifest.prompts)} 条，新生成 {manifest.made} 条，用时 {spent:.1f} 秒", flush=True)
    return 0


def _report(done: int, total: int, key: str) -> None:
    print(f"提示音 {done}/{total} {key}", flush=True)

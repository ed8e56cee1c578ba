"""`hotline status`: what runs, where, in words or as one line of JSON."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from hotline.runtime import board
from hotline.settings import Settings

NOT_RUNNING = 3
"""Exit code, as `systemctl status` uses it."""


def read(settings: Settings) -> dict[str, Any] | None:
    """The notice board of a running hotline; None when none runs in this home."""
    try:
        content: dict[str, Any] = json.loads(board.path(settings).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if _alive(int(content["supervisor"]["pid"])) else None


def show(settings: Settings, *, as_json: bool) -> int:
    """Print; 0 when everything is ready, 3 when nothing runs, 1 in between."""
    content = read(settings)
    if content is None:
        print(
            json.dumps({"ready": False, "home": str(settings.home)})
            if as_json
            else f"未运行 (not running): {settings.home}"
        )
        return NOT_RUNNING
    print(json.dumps(content, ensure_ascii=False) if as_json else _in_words(content))
    return 0 if content["ready"] else 1


def stop(settings: Settings, *, within_s: float = 8) -> int:
    """End the hotline of this home from another terminal."""
    content = read(settings)
    if content is None:
        print(f"未运行 (not running): {settings.home}")
        return 0
    pid = int(content["supervisor"]["pid"])
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + within_s
    while _alive(pid) and time.monotonic() < until:
        time.sleep(0.1)
    print("仍在运行 (still running)" if _alive(pid) else "已停止 (stopped)")
    return 1 if _alive(pid) else 0


def _in_words(content: dict[str, Any]) -> str:
    lines = [
        f"{'就绪 ready' if content['ready'] else '未就绪 not ready'}  节点 {content['node']}  "
        f"测试模式 test mode: {'开 on' if content['test_mode'] else '关 off'}",
        *(f"  {name:<17} {address}" for name, address in content["addresses"].items()),
        *(_line(name, one) for name, one in content["processes"].items()),
        "  " + "  ".join(f"{name} {number}" for name, number in content["versions"].items()),
    ]
    return "\n".join(lines)


def _line(name: str, one: dict[str, Any]) -> str:
    return (
        f"  {name:<10} {one['state']:<11} pid {one['pid'] or '-':<8} restarts {one['restarts']}  since {one['since']}"
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _ended(pid)


def _ended(pid: int) -> bool:
    """Whether the process is over and only its parent has not yet asked how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False

"""Counts the processor time of whole process trees."""

from __future__ import annotations

from collections.abc import Iterable

import psutil


def tree_seconds(roots: Iterable[int]) -> dict[int, float]:
    """User and system seconds of each process at or below `roots`, by pid."""
    found: dict[int, float] = {}
    for root in roots:
        for process in _tree(root):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            found[process.pid] = times.user + times.system
    return found


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """Seconds used between two readings; a process that is new counts from zero."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _tree(root: int) -> list[psutil.Process]:
    try:
        top = psutil.Process(root)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []

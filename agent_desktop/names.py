"""The Chinese words that the desk shows for codes of calls, queues, recordings and pauses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

QUEUES = {"general": "综合坐席", "enterprise": "企业专席"}
CALL_STATES = {
    "arrived": "呼入",
    "menu": "语音菜单",
    "queued": "排队",
    "ringing": "振铃",
    "talking": "通话",
    "held": "保持",
    "room": "来电人与他方通话",
    "caller-gone": "来电人已离开",
    "emergency": "紧急转接",
    "transferred": "已转接",
    "lost": "系统中断",
    "ended": "已结束",
    "answered": "已接听",
    "abandoned_in_menu": "菜单中挂断",
    "abandoned_in_queue": "排队中挂断",
    "cut": "系统中断",
}
ROLES = {
    "caller": "来电人",
    "agent": "坐席",
    "specialist": "政策专员",
    "emergency": "应急",
    "supervisor": "班长",
    "centre": "其他中心",
}

DEVICE_FAULT = "设备故障"
"""What the desk itself sets while the microphone is lost."""

AWAY = "离开"
"""What cti sets when nobody sits at the desk any more."""

UNSAID, FORCED = "其他", "班长安排"
"""The reason of a pause for which none was given: an agent's own, and one that a supervisor forced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of agents and of directory entries, by their ids; an unknown id is its own name."""

    agent: Callable[[str], str]
    entry: Callable[[str], str]


def queue_name(queue: str) -> str:
    """Of a queue, or of a skill `queue:level`."""
    name = queue.partition(":")[0]
    return QUEUES.get(name, name)


def role_name(role: str) -> str:
    return ROLES.get(role.partition("-")[0], role)

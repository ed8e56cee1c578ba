"""The Chinese words that the desk shows for codes of calls, queues, recordings and pauses."""

from __future__ import annotations

QUEUES = {"general": "综合坐席", "enterprise": "企业专席"}
CALL_STATES = {
    "arrived": "呼入",
    "menu": "语音菜单",
    "queued": "排队",
    "ringing": "振铃",
    "talking": "通话",
    "held": "保持",
    "ended": "已结束",
    "answered": "已接听",
    "abandoned_in_menu": "菜单中挂断",
    "abandoned_in_queue": "排队中挂断",
    "cut": "系统中断",
}
ROLES = {"caller": "来电人", "agent": "坐席", "specialist": "政策专员", "emergency": "应急", "supervisor": "班长"}

PAUSE_REASONS = ("小休", "用餐", "培训", "会议", "整理资料", "其他")
"""What an agent may choose."""

DEVICE_FAULT = "设备故障"
"""What the desk itself sets while the microphone is lost."""


def queue_name(queue: str) -> str:
    return QUEUES.get(queue, queue)


def role_name(role: str) -> str:
    return ROLES.get(role.partition("-")[0], role)

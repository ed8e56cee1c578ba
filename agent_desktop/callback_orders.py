"""Calling back somebody who was missed: one agent at a time, and the list learns how it went."""

from __future__ import annotations

from agent_desktop.control import Control
from agent_desktop.ports import CallbackRefused, Callbacks
from agent_desktop.refusals import CommandRefused, CtiDown, Refused
from agent_desktop.window import Window

WORDS = {
    "callback_taken": "已有其他坐席在回拨这位来电人。",
    "callback_done": "这位来电人已经回拨过了。",
    "callback_unknown": "这条未接记录已不在名单上。",
}


async def take(callbacks: Callbacks, control: Control, window: Window, callback_id: str) -> None:
    """Take it for this agent and dial; what cannot be dialled goes back on the list."""
    if not control.is_up:
        raise CtiDown
    agent_id = window.session.agent_id
    try:
        caller = await callbacks.take(callback_id, agent_id, window.address)
    except CallbackRefused as refusal:
        raise _words(refusal) from None
    try:
        await control.command("dial", agent_id, number=caller.number)
    except Refused:
        await callbacks.attempted(callback_id, agent_id, "cancelled")
        raise


async def done(callbacks: Callbacks, callback_id: str, agent_id: str, outcome: str) -> None:
    try:
        await callbacks.attempted(callback_id, agent_id, outcome)
    except CallbackRefused as refusal:
        raise _words(refusal) from None


def _words(refusal: CallbackRefused) -> CommandRefused:
    return CommandRefused(code=refusal.code, text=WORDS.get(refusal.code, "这条未接记录现在不能处理。"))

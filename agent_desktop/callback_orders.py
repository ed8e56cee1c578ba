"""Calling back somebody who was missed: one agent at a time; how it went is told by the dial, and may be corrected."""

from __future__ import annotations

from agent_desktop.control import Control
from agent_desktop.ports import CallbackRefused, Callbacks
from agent_desktop.refusals import CommandExpired, CommandRefused, CtiDown, Refused
from agent_desktop.window import Window

WORDS = {
    "callback_taken": "已有其他坐席在回拨这位来电人。",
    "callback_done": "这位来电人已经回拨过了。",
    "callback_too_early": "刚拨过这位来电人，间隔时间到了才能再拨。",
    "callback_unknown": "这条未接记录已不在名单上。",
}
NOT_ALLOWED = "number_not_allowed"


async def take(callbacks: Callbacks, control: Control, window: Window, callback_id: str) -> None:
    """Take it for this agent and dial; what was not dialled goes back on the list.

    Without an answer of cti the phone may ring by now: then the dial tells what becomes of it, or time does.
    """
    if not control.is_up:
        raise CtiDown
    agent_id = window.session.agent_id
    try:
        caller = await callbacks.take(callback_id, agent_id, window.address)
    except CallbackRefused as refusal:
        raise _words(refusal) from None
    try:
        await control.command("dial", agent_id, number=caller.number, callback_id=callback_id)
    except CommandExpired:
        raise
    except Refused as refusal:
        outcome = "not_allowed" if refusal.facts.get("code") == NOT_ALLOWED else "not_tried"
        await callbacks.release(callback_id, agent_id, outcome)
        raise


async def done(callbacks: Callbacks, callback_id: str, agent_id: str, outcome: str) -> None:
    """The agent's own word on his last attempt."""
    try:
        await callbacks.attempted(callback_id, agent_id, outcome)
    except CallbackRefused as refusal:
        raise _words(refusal) from None


def _words(refusal: CallbackRefused) -> CommandRefused:
    return CommandRefused(code=refusal.code, text=WORDS.get(refusal.code, "这条未接记录现在不能处理。"))

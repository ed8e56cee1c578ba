"""What the dialplan says of a number that a desk dialled, from the gate's verdict to the answer: HotlineDial."""

from __future__ import annotations

import re
from datetime import datetime

from cti.asterisk.message import Message, call_id_of
from cti.core.dial_events import DialAllowed, DialAnswered, DialEvent, DialNotReached, DialRang
from cti.core.ids import AgentId, DialId

NAME = "HotlineDial"
_CASE = re.compile(r"[0-9A-Za-z-]{0,40}\Z")
_CALLBACK = re.compile(r"[0-9A-Za-z._-]{0,100}\Z")


def is_about_dial(message: Message) -> bool:
    return message.get("UserEvent") == NAME


def told_dial(message: Message, at: datetime) -> DialEvent | None:
    """The event that it tells; None when it names no dial or no state of one."""
    agent, dial = AgentId(message.get("Agent", "")), DialId(message.get("Dial", ""))
    if not agent or not dial:
        return None
    case_id, callback_id, call = case_of(message), _fits(_CALLBACK, message.get("Callback")), call_id_of(message)
    match message.get("State"):
        case "allowed":
            return DialAllowed(agent=agent, at=at, dial=dial, case_id=case_id, callback_id=callback_id)
        case "ringing":
            return DialRang(agent=agent, at=at, dial=dial, case_id=case_id, callback_id=callback_id, call=call)
        case "answered":
            return DialAnswered(agent=agent, at=at, dial=dial, case_id=case_id, callback_id=callback_id, call=call)
        case "failed":
            return DialNotReached(
                agent=agent,
                at=at,
                dial=dial,
                case_id=case_id,
                callback_id=callback_id,
                reason=message.get("Reason", "") or "dead",
                call=call,
            )
        case _:
            return None


def case_of(message: Message) -> str:
    return _fits(_CASE, message.get("Case"))


def _fits(pattern: re.Pattern[str], value: str | None) -> str:
    return value if value and pattern.match(value) else ""

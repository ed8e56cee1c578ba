"""An emergency as AMI actions: only the hotline's own routine is originated, every value checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cti.asterisk.asked import ActionRefused
from cti.core.commands import Command
from cti.core.emergency_commands import SERVICES, CancelEmergency, PressEmergency, one_line

EMERGENCY_ALLOWED = frozenset({"Originate"})
START_MS = 30_000
"""Until the routine has begun; it then lasts as long as it needs."""
SUMMARY, LOCATION = (120, 300), (80, 150)
"""At most so many signs, for the action's sake, and so many bytes, for the header's: the dialplan cuts there.

It is UTF-8, which RFC 3261 (25.1) allows in a header's text, and never half a character.
"""
_CHANNEL = re.compile(r"PJSIP/[0-9A-Za-z_-]{1,60}-[0-9a-f]{8}\Z")
_DISTRICT = re.compile(r"[0-9a-z_]{0,32}\Z")
_SYNTAX = str.maketrans(',"\\()[]{}$;=', "，”＼（）［］｛｝＄；＝")
"""The signs that mean something on the way to a channel variable, as their full-width sisters.

One bracket that is never closed makes Asterisk take all variables behind it for a part of this one.
"""


def _press(command: PressEmergency) -> dict[str, str]:
    variables = {
        "HL_BY": _fits(_CHANNEL, command.agent_channel),
        "HL_TRIGGER": "desk",
        "HL_DISTRICT": _fits(_DISTRICT, command.district),
        "HL_SUMMARY": _words(command.summary, SUMMARY),
        "HL_LOCATION": _words(command.location, LOCATION),
    }
    return _originate(_service(command.service), "hl-emergency-room", variables)


def _cancel(command: CancelEmergency) -> dict[str, str]:
    variables = {"HL_BY": _fits(_CHANNEL, command.agent_channel), "HL_SERVICE": _service(command.service)}
    return _originate("cancel", "hl-emergency-room", variables)


def _originate(word: str, context: str, variables: dict[str, str]) -> dict[str, str]:
    return {
        "Action": "Originate",
        "Channel": f"Local/{word}@hl-reach-emergency/n",
        "Context": context,
        "Exten": "s",
        "Priority": "1",
        "Async": "true",
        "Timeout": str(START_MS),
        "Variable": ",".join(f"{name}={value}" for name, value in variables.items() if value),
    }


def _service(service: str) -> str:
    if service not in SERVICES:
        raise ActionRefused(f"service {service[:20]!r}")
    return service


def _words(text: str, limits: tuple[int, int]) -> str:
    """One printable line that is nobody's syntax."""
    signs, octets = limits
    return one_line(text).translate(_SYNTAX)[:signs].encode()[:octets].decode(errors="ignore").strip()


def _fits(pattern: re.Pattern[str], value: str) -> str:
    """Raises ActionRefused for what is no such name."""
    if not pattern.match(value):
        raise ActionRefused(f"value {value[:60]!r}")
    return value


EMERGENCY_ACTIONS: dict[type[Command], Callable[[Any], dict[str, str]]] = {
    PressEmergency: _press,
    CancelEmergency: _cancel,
}

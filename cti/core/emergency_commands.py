"""What an emergency asks of the switch."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.commands import Command
from cti.core.ids import CallId, Channel

SERVICES = ("110", "119", "120", "122")


def one_line(text: str) -> str:
    """Words of a case as one printable line: nothing in them steers a terminal, a log or a protocol."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class PressEmergency(Command):
    """Reach an operator of `service` for the call of this agent; which routes, the dialplan knows.

    `summary` and `location` are what the desk knows of the case; they travel to the operator's phone.
    """

    call_id: CallId
    agent_channel: Channel
    service: str
    district: str = ""
    summary: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelEmergency(Command):
    """Let go of an operator's phone that still rings; one that answered stays."""

    call_id: CallId
    agent_channel: Channel
    service: str

"""What an emergency asks of the switch."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.commands import Command
from cti.core.ids import CallId, Channel

SERVICES = ("110", "119", "120", "122")


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

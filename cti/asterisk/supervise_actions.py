"""A supervisor's commands as AMI actions, every value checked before it leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cti.asterisk.asked import ActionRefused
from cti.asterisk.names import interface_of, queue_in_asterisk
from cti.core.agent_commands import SetPenalty
from cti.core.commands import Command
from cti.core.supervise_commands import MODES, ChangeSupervision, ReachSupervisor, TakeOver

SUPERVISE_ALLOWED = frozenset({"Originate", "QueuePenalty"})
REACH_MS = 60_000
MOST_PENALTY = 99
_CALL = re.compile(r"HC[0-9A-Za-z.-]{3,80}\Z")
_CHANNEL = re.compile(r"PJSIP/[0-9A-Za-z_-]{1,60}-[0-9a-f]{8}\Z")
_DESK = re.compile(r"[0-9]{4}\Z")


def _reach(command: ReachSupervisor) -> dict[str, str]:
    """Only our own routine is originated: whom it rings is the dialplan's to say."""
    variables = {
        "__HOTLINE_CALL_ID": _fits(_CALL, command.call_id),
        "__HOTLINE_CALLER": _fits(_CHANNEL, command.caller_channel),
        "__HL_SPIED": _fits(_CHANNEL, command.agent_channel),
        "__HL_SPIED_AGENT": interface_of(command.agent).removeprefix("PJSIP/"),
        "__HL_MODE": _mode(command.mode),
        "HOTLINE_ROLE": "control",
    }
    return {
        "Action": "Originate",
        "Channel": f"Local/{_fits(_DESK, command.supervisor)}@hl-reach-supervisor/n",
        "Application": "Wait",
        "Data": "1",
        "Async": "true",
        "Timeout": str(REACH_MS),
        "Variable": ",".join(f"{name}={value}" for name, value in variables.items()),
    }


def _change(command: ChangeSupervision) -> dict[str, str]:
    return _redirect(command.channel, "hl-spy", _mode(command.mode))


def _take_over(command: TakeOver) -> dict[str, str]:
    return _redirect(command.channel, "hl-take-over", "s")


def _penalty(command: SetPenalty) -> dict[str, str]:
    return {
        "Action": "QueuePenalty",
        "Queue": queue_in_asterisk(command.queue),
        "Interface": interface_of(command.agent),
        "Penalty": penalty_text(command.penalty),
    }


def penalty_text(penalty: int) -> str:
    """Raises ActionRefused for what is no penalty."""
    if not 0 <= penalty <= MOST_PENALTY:
        raise ActionRefused(f"penalty {penalty}")
    return str(penalty)


def _redirect(channel: str, context: str, exten: str) -> dict[str, str]:
    channel = _fits(_CHANNEL, channel)
    return {"Action": "Redirect", "Channel": channel, "Context": context, "Exten": exten, "Priority": "1"}


def _mode(mode: str) -> str:
    if mode not in MODES:
        raise ActionRefused(f"mode {mode[:20]!r}")
    return mode


def _fits(pattern: re.Pattern[str], value: str) -> str:
    """Raises ActionRefused for what is no such name."""
    if not pattern.fullmatch(value):
        raise ActionRefused(f"value {value[:60]!r}")
    return value


SUPERVISE_ACTIONS: dict[type[Command], Callable[[Any], dict[str, str]]] = {
    ReachSupervisor: _reach,
    ChangeSupervision: _change,
    TakeOver: _take_over,
    SetPenalty: _penalty,
}

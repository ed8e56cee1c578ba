"""Commands of the core as AMI actions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cti.asterisk.asked import ActionRefused, AmiError, AmiTimeout, NotConnected
from cti.asterisk.connection import AmiConnection
from cti.asterisk.emergency_actions import EMERGENCY_ACTIONS, EMERGENCY_ALLOWED
from cti.asterisk.names import interface_of, queue_in_asterisk
from cti.asterisk.recording_actions import RECORDING_ACTIONS, RECORDING_ALLOWED
from cti.asterisk.room_actions import ROOM_ACTIONS, ROOM_ALLOWED
from cti.asterisk.supervise_actions import SUPERVISE_ACTIONS, SUPERVISE_ALLOWED, penalty_text
from cti.core.commands import (
    AddMember,
    Command,
    HangUpLeg,
    HoldCaller,
    PauseMember,
    RemoveMember,
    RetrieveCaller,
    UnpauseMember,
)
from cti.core.refusals import AmiDown, CallGone, SwitchRefused

OWN_ALLOWED = frozenset({"Redirect", "Hangup", "QueueAdd", "QueueRemove", "QueuePause"})
ALLOWED = OWN_ALLOWED | EMERGENCY_ALLOWED | RECORDING_ALLOWED | ROOM_ALLOWED | SUPERVISE_ALLOWED
_CALL = re.compile(r"HC[0-9A-Za-z.-]{3,80}")
_CHANNEL = re.compile(r"PJSIP/[0-9A-Za-z_-]{1,60}-[0-9a-f]{8}")
REASON_FORBIDDEN = re.compile(r"[;|,\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""app_queue keeps members in its database as text with these separators."""


def action_of(command: Command) -> dict[str, str]:
    """The AMI action of a command."""
    return _ACTIONS[type(command)](command)


def _add(command: AddMember) -> dict[str, str]:
    interface = interface_of(command.agent)
    return {
        "Action": "QueueAdd",
        "Queue": queue_in_asterisk(command.queue),
        "Interface": interface,
        "StateInterface": interface,
        "MemberName": command.agent,
        "Paused": "true",
        "Reason": _reason(command.reason),
        "Penalty": penalty_text(command.penalty),
    }


def _remove(command: RemoveMember) -> dict[str, str]:
    return {
        "Action": "QueueRemove",
        "Queue": queue_in_asterisk(command.queue),
        "Interface": interface_of(command.agent),
    }


def _pause(command: PauseMember) -> dict[str, str]:
    return {
        "Action": "QueuePause",
        "Interface": interface_of(command.agent),
        "Paused": "true",
        "Reason": _reason(command.reason),
    }


def _unpause(command: UnpauseMember) -> dict[str, str]:
    return {"Action": "QueuePause", "Interface": interface_of(command.agent), "Paused": "false"}


def _hold(command: HoldCaller) -> dict[str, str]:
    """On the first hold both leave the queue's bridge at once: the agent waits in the call's own room."""
    action = _redirect(command.caller_channel, "hl-hold", "s")
    if command.agent_channel is not None:
        action |= {
            "ExtraChannel": _fits(_CHANNEL, command.agent_channel),
            "ExtraContext": "hl-room-staff",
            "ExtraExten": _fits(_CALL, command.call_id),
            "ExtraPriority": "1",
        }
    return action


def _retrieve(command: RetrieveCaller) -> dict[str, str]:
    return _redirect(command.caller_channel, "hl-room-caller", "s")


def _hang_up(command: HangUpLeg) -> dict[str, str]:
    """One channel by its full name: Asterisk takes a name between slashes for a pattern that ends many."""
    return {"Action": "Hangup", "Channel": _fits(_CHANNEL, command.channel), "Cause": str(command.cause)}


def _redirect(channel: str, context: str, exten: str) -> dict[str, str]:
    channel = _fits(_CHANNEL, channel)
    return {"Action": "Redirect", "Channel": channel, "Context": context, "Exten": exten, "Priority": "1"}


def _fits(pattern: re.Pattern[str], value: str) -> str:
    """Raises ActionRefused for what is no such name."""
    if not pattern.fullmatch(value):
        raise ActionRefused(f"value {value[:60]!r}")
    return value


def _reason(text: str) -> str:
    return REASON_FORBIDDEN.sub(" ", text)[:60]


_ACTIONS: dict[type[Command], Callable[[Any], dict[str, str]]] = {
    AddMember: _add,
    RemoveMember: _remove,
    PauseMember: _pause,
    UnpauseMember: _unpause,
    HoldCaller: _hold,
    RetrieveCaller: _retrieve,
    HangUpLeg: _hang_up,
}
_ACTIONS |= EMERGENCY_ACTIONS | RECORDING_ACTIONS | ROOM_ACTIONS | SUPERVISE_ACTIONS

ALREADY_SO = {
    AddMember: "already there",
    RemoveMember: "not there",
}
"""Answers that mean the wish is already true: commands are idempotent."""


class AmiSwitch:
    """`Switch` of the core over the actions account."""

    def __init__(self, connection: AmiConnection) -> None:
        self._connection = connection

    @property
    def ready(self) -> bool:
        return self._connection.up

    async def carry_out(self, command: Command) -> None:
        """Send the action once. Raises AmiDown, CallGone or SwitchRefused."""
        try:
            await self._connection.ask(action_of(command))
        except (NotConnected, AmiTimeout) as error:
            raise AmiDown(str(error)) from None
        except ActionRefused as error:
            raise SwitchRefused(str(error)) from None
        except AmiError as error:
            _explain(command, str(error))


def _explain(command: Command, answer: str) -> None:
    known = ALREADY_SO.get(type(command))
    if known is not None and known in answer.lower():
        return
    if any(word in answer.lower() for word in ("no such channel", "channel does not exist", "no channel by that name")):
        raise CallGone(answer) from None
    raise SwitchRefused(answer) from None

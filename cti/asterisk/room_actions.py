"""The commands about the parties of a call as AMI actions, every value checked before it leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cti.asterisk.asked import ActionRefused
from cti.asterisk.names import interface_of, queue_in_asterisk
from cti.core.commands import Command
from cti.core.ids import AgentId, Channel
from cti.core.room_commands import (
    AskColleague,
    AskThird,
    BringBack,
    DialNumber,
    DismissCaller,
    HandOver,
    HoldLeg,
    MuteLeg,
    RetrieveLeg,
    SendToAgent,
    SendToEntry,
    SendToQueue,
    StopAsking,
    SwapLegs,
    UnmuteLeg,
)

ROOM_ALLOWED = frozenset({"ConfbridgeMute", "ConfbridgeUnmute", "Originate"})
DIAL_MS = 90_000
_NUMBER = re.compile(r"[0-9]{3,20}\Z")
_CALL = re.compile(r"HC[0-9A-Za-z.-]{3,80}\Z")
_CHANNEL = re.compile(r"PJSIP/[0-9A-Za-z_-]{1,60}-[0-9a-f]{8}\Z")
_ENTRY = re.compile(r"[a-z][a-z0-9_]{1,31}\Z")
_CASE = re.compile(r"[0-9A-Za-z-]{0,40}\Z")
_KIND = re.compile(r"[a-z]{1,20}\Z")
_CLASS = re.compile(r"[0-9]{6}\Z")
_DIAL = re.compile(r"[0-9a-f]{32}\Z")
_CALLBACK = re.compile(r"(HC[0-9A-Za-z.-]{3,80})?\Z")
_DESK = re.compile(r"[0-9]{4}\Z")
"""Desks have four digits; nothing else may stand where a desk is dialled."""
_SENT_TO = {"specialist": "hl-transfer-specialist", "department": "hl-transfer-line", "centre": "hl-transfer-line"}


def _ask_third(command: AskThird) -> dict[str, str]:
    return _asking(command, "hl-ask", _fits(_ENTRY, command.entry) + _about(command.kind, command.class_code))


def _ask_colleague(command: AskColleague) -> dict[str, str]:
    return _asking(command, "hl-ask-agent", _extension(command.colleague))


def _asking(command: AskThird | AskColleague, context: str, exten: str) -> dict[str, str]:
    action = _redirect(command.caller_channel, context, exten)
    if command.agent_channel is None:
        return action
    return _with_second(action, command.agent_channel, "hl-room-staff", _call(command))


def _bring_back(command: BringBack) -> dict[str, str]:
    return _redirect(command.caller_channel, "hl-bring-back", _extension(command.agent))


def _stop_asking(command: StopAsking) -> dict[str, str]:
    return _redirect(command.caller_channel, "hl-room-caller", "cancel")


def _hold_leg(command: HoldLeg) -> dict[str, str]:
    return _redirect(command.channel, "hl-hold-leg", _call(command))


def _retrieve_leg(command: RetrieveLeg) -> dict[str, str]:
    return _redirect(command.channel, "hl-room-staff", _call(command))


def _swap(command: SwapLegs) -> dict[str, str]:
    """Whoever leaves goes first: they are not to hear each other meanwhile."""
    if command.caller_comes:
        leaves = _redirect(command.leg_channel, "hl-hold-leg", _call(command))
        return _with_second(leaves, command.caller_channel, "hl-room-caller", "s")
    leaves = _redirect(command.caller_channel, "hl-hold", "s")
    return _with_second(leaves, command.leg_channel, "hl-room-staff", _call(command))


def _mute(command: MuteLeg | UnmuteLeg) -> dict[str, str]:
    name = "ConfbridgeMute" if isinstance(command, MuteLeg) else "ConfbridgeUnmute"
    return {"Action": name, "Conference": _call(command), "Channel": _fits(_CHANNEL, command.channel)}


def _dismiss(command: DismissCaller) -> dict[str, str]:
    return _redirect(command.caller_channel, "hl-dismiss", "s")


def _hand_over(command: HandOver) -> dict[str, str]:
    action = _redirect(command.leg_channel, "hl-become-agent", _call(command))
    if command.caller_channel is None:
        return action
    return _with_second(action, command.caller_channel, "hl-room-caller", "s")


def _to_queue(command: SendToQueue) -> dict[str, str]:
    queue_in_asterisk(command.queue)
    return _redirect(command.caller_channel, "hl-transfer-queue", command.queue)


def _to_agent(command: SendToAgent) -> dict[str, str]:
    return _redirect(command.caller_channel, "hl-transfer-agent", _extension(command.agent))


def _to_entry(command: SendToEntry) -> dict[str, str]:
    """The case travels in the extension, and what it is about: one redirect says all, so nothing can be half said."""
    context = _SENT_TO.get(command.kind, "")
    if not context:
        raise ActionRefused(f"transfer to {command.kind!r}")
    exten = f"{_fits(_ENTRY, command.entry)}*{_fits(_CASE, command.case_id)}"
    if command.kind == "specialist":
        exten += _about(command.about_kind, command.class_code)
    return _redirect(command.caller_channel, context, exten)


def _about(kind: str, class_code: str) -> str:
    """What the specialist is told: two words, each the name of a sentence that was recorded before."""
    return f"*{_fits(_KIND, kind)}*{_fits(_CLASS, class_code)}" if class_code else ""


def _redirect(channel: Channel, context: str, exten: str) -> dict[str, str]:
    channel_name = _fits(_CHANNEL, channel)
    return {"Action": "Redirect", "Channel": channel_name, "Context": context, "Exten": exten, "Priority": "1"}


def _with_second(action: dict[str, str], channel: Channel, context: str, exten: str) -> dict[str, str]:
    """The same action moves a second channel."""
    extra = {"ExtraContext": context, "ExtraExten": exten, "ExtraPriority": "1"}
    return action | {"ExtraChannel": _fits(_CHANNEL, channel)} | extra


def _dial(command: DialNumber) -> dict[str, str]:
    """Our own routine is originated, never a number: what it dials is the gate's to allow."""
    return {
        "Action": "Originate",
        "Channel": f"Local/{_extension(command.agent)}@hl-reach-number/n",
        "Application": "Wait",
        "Data": "1",
        "Async": "true",
        "Timeout": str(DIAL_MS),
        "Variable": ",".join(f"{name}={value}" for name, value in _dialled(command).items()),
    }


def _dialled(command: DialNumber) -> dict[str, str]:
    """Said again with every word about this dial, so that it is understood by a cti that did not ask for it."""
    return {
        "HOTLINE_ROLE": "control",
        "HL_DIGITS": _fits(_NUMBER, command.number),
        "HL_DIAL_ID": _fits(_DIAL, command.dial),
        "HL_CASE": _fits(_CASE, command.case_id),
        "HL_CALLBACK": _fits(_CALLBACK, command.callback_id),
    }


def _call(command: Any) -> str:
    return _fits(_CALL, command.call_id)


def _extension(agent: AgentId) -> str:
    return _fits(_DESK, interface_of(agent).removeprefix("PJSIP/"))


def _fits(pattern: re.Pattern[str], value: str) -> str:
    """Raises ActionRefused for what is no such name."""
    if not pattern.fullmatch(value):
        raise ActionRefused(f"value {value[:60]!r}")
    return value


ROOM_ACTIONS: dict[type[Command], Callable[[Any], dict[str, str]]] = {
    AskThird: _ask_third,
    AskColleague: _ask_colleague,
    BringBack: _bring_back,
    DialNumber: _dial,
    StopAsking: _stop_asking,
    HoldLeg: _hold_leg,
    RetrieveLeg: _retrieve_leg,
    SwapLegs: _swap,
    MuteLeg: _mute,
    UnmuteLeg: _mute,
    DismissCaller: _dismiss,
    HandOver: _hand_over,
    SendToQueue: _to_queue,
    SendToAgent: _to_agent,
    SendToEntry: _to_entry,
}

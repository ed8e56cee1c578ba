"""Whatever stands in a command, one action leaves for Asterisk, on the channel that was meant, or none."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import typing
import unicodedata
from typing import Any

import pytest

from cti.asterisk.actions import _ACTIONS, ALLOWED, action_of
from cti.asterisk.asked import ROUTINE, ActionRefused, Asked, check
from cti.core.commands import Command
from tests.hostile.values import EACH, Hostile

RIGHT = {
    "call_id": "HCdemo-1-1790000000.12", "channel": "PJSIP/1001-0000001f", "agent": "1001", "supervisor": "1003",
    "colleague": "1002", "queue": "general", "entry": "shebao", "service": "110", "mode": "listen",
    "kind": "specialist", "district": "demo", "number": "13800000001", "case_id": "0190-ab12",
    "reason": "小休", "summary": "咨询社保", "location": "幸福路 1 号",
    "about_kind": "complaint", "class_code": "010101", "dial": "0123456789abcdef" * 2,
    "callback_id": "HCdemo-1-1790000000.12",
}  # fmt: skip
CHANNEL = re.compile(r"PJSIP/[0-9A-Za-z_-]{1,60}-[0-9a-f]{8}")
CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, and the line ends of other scripts."""
PLACES = {"Context", "ExtraContext"}
NAMES = {
    "HL_BY", "HL_TRIGGER", "HL_DISTRICT", "HL_SUMMARY", "HL_LOCATION", "HL_SERVICE", "HOTLINE_ROLE", "HL_DIGITS",
    "__HOTLINE_CALL_ID", "__HOTLINE_CALLER", "__HL_SPIED", "__HL_SPIED_AGENT", "__HL_MODE",
    "HL_DIAL_ID", "HL_CASE", "HL_CALLBACK",
}  # fmt: skip
"""Every variable that an originated routine is ever given."""


def right_for(name: str) -> str:
    return RIGHT.get(name) or RIGHT["channel" if name.endswith("channel") else "summary"]


def some_command(kind: type[Command], hostile: Hostile) -> Command:
    """A command of this kind; each text in it is right or hostile."""
    hints = typing.get_type_hints(kind)
    given = {field.name: _value(field.name, hints[field.name], hostile) for field in dataclasses.fields(kind)}
    return kind(**given)


def _value(name: str, hint: Any, hostile: Hostile) -> Any:
    if type(None) in typing.get_args(hint):
        hint = next(each for each in typing.get_args(hint) if each is not type(None))
        if hostile.dice.random() < 0.2:
            return None
    plain = getattr(hint, "__supertype__", hint)
    if plain is bool:
        return hostile.dice.random() < 0.5
    if plain is int:
        return hostile.dice.choice((0, 1, 16, 44, 99, 100, -1, 10**9))
    assert plain is str, f"{name} is a {hint}: say here what is hostile of it"
    return hostile.chosen(right_for(name))


def on_the_wire(command: Command, loop: asyncio.AbstractEventLoop) -> bytes:
    """What would be written into the socket. Raises ActionRefused."""
    action = action_of(command)
    check(action, ALLOWED)
    return str(Asked(action, as_list=False, loop=loop)).encode("utf-8")


def fields_of(sent: bytes) -> dict[str, str]:
    """The one action in these bytes, read as Asterisk does: lines, up to the first empty one."""
    text = sent.decode("utf-8")
    assert text.endswith("\r\n\r\n"), text
    assert text.count("\r\n\r\n") == 1, text
    lines = text[:-4].split("\r\n")
    assert not any(sign in line for line in lines for sign in "\r\n\0"), text
    assert not any(unicodedata.category(sign) in CONTROLS for line in lines for sign in line), text
    pairs = [line.partition(": ") for line in lines]
    names = [name for name, _, _ in pairs]
    assert len(set(names)) == len(names), text
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("number", EACH)
async def test_one_command_is_one_action_on_the_channel_that_was_meant_or_none(number: int) -> None:
    hostile, kinds, refused = Hostile(), sorted(_ACTIONS, key=lambda kind: kind.__name__), 0
    loop = asyncio.get_running_loop()
    for at in range(number):
        command = some_command(kinds[at % len(kinds)], hostile)
        try:
            sent = fields_of(on_the_wire(command, loop))
        except ActionRefused:
            refused += 1
            continue
        assert_meant(sent, command)
    assert 0.2 * number < refused < 0.98 * number, f"{refused} of {number} were refused"


def assert_meant(sent: dict[str, str], command: Command) -> None:
    assert sent["Action"] in ALLOWED
    if sent["Action"] == "Originate":
        assert ROUTINE.fullmatch(sent["Channel"]), sent
        names = [pair.partition("=")[0] for pair in sent.get("Variable", "").split(",") if pair]
        assert set(names) <= NAMES, sent
        assert len(set(names)) == len(names), sent
    elif "Channel" in sent:
        assert CHANNEL.fullmatch(sent["Channel"]), sent
        assert sent["Channel"] in dataclasses.astuple(command), sent
    for place in PLACES & sent.keys():
        assert re.fullmatch(r"hl-[a-z-]+", sent[place]), sent
    for exten in {"Exten", "ExtraExten"} & sent.keys():
        assert re.fullmatch(r"[0-9A-Za-z_.*-]{1,120}", sent[exten]), sent
    if "Interface" in sent:
        assert re.fullmatch(r"PJSIP/[0-9A-Za-z_-]{1,32}", sent["Interface"]), sent


async def test_every_command_with_nothing_hostile_in_it_does_leave() -> None:
    loop = asyncio.get_running_loop()

    class Right(Hostile):
        def chosen(self, near: str) -> str:
            return near

    for kind in _ACTIONS:
        for seed in range(5):
            right = Right(seed)
            right.dice = type("Low", (), {"random": lambda self: 0.4, "choice": lambda self, of: of[1]})()
            sent = fields_of(on_the_wire(some_command(kind, right), loop))
            assert_meant(sent, some_command(kind, right))

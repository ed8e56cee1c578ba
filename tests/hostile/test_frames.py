"""Whatever a browser or a local process sends, it is one checked command or a refusal; nothing is raised else."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.commands import KINDS
from agent_desktop.control import Control
from agent_desktop.frames import CommandFrame, LineFrame, parse
from agent_desktop.refusals import BadFrame
from cti.control import _command
from cti.core.refusals import BadCommand, Refusal
from cti.desk_commands import DeskCommands
from tests.cti.fakes import house
from tests.hostile.test_ami_actions import RIGHT
from tests.hostile.values import EACH, Hostile

FIELDS = ("call_id", "agent", "entry", "leg", "target", "target_kind", "warm", "reason", "number", "service", "text",
          "state", "summary", "class_code", "case_kind", "solved", "case_id", "callback_id", "outcome", "args",
          "__proto__")  # fmt: skip
ODD: tuple[Any, ...] = (None, True, 0, -1, 1e308, [], {}, ["1001"], {"a": {"b": []}}, "", " ", float("nan"))
CTI_KINDS = [kind for kind in KINDS if kind not in {"dial", "callback_take", "callback_done"}]
A_TENTH = 10


def some_frame(hostile: Hostile) -> dict[str, Any]:
    """A command near to one that is right: hostile names, hostile values, values of other types, too many fields."""
    kind = hostile.dice.choice(sorted(KINDS))
    known = [*KINDS[kind].needs, *KINDS[kind].may]
    names = [*known, *hostile.dice.sample(FIELDS, hostile.dice.choice((0, 0, 1, 3)))]
    frame = {name: _some_value(name, hostile) for name in names}
    kind = kind if hostile.dice.random() < 0.9 else hostile.text(kind)
    return {"type": "command", "id": hostile.chosen("c-1"), "kind": kind, **frame}


def _some_value(name: str, hostile: Hostile) -> Any:
    if hostile.dice.random() < 0.15:
        return hostile.dice.choice(ODD)
    if name in {"warm", "solved"}:
        return hostile.dice.random() < 0.5
    return hostile.chosen(RIGHT.get(name, "general"))


@pytest.mark.parametrize("number", EACH)
def test_a_frame_is_one_known_command_with_clean_arguments_or_a_refusal(number: int) -> None:
    hostile, taken = Hostile(), 0
    control = Control(Path("nowhere"), time.time)
    for at in range(number):
        text = json.dumps(some_frame(hostile)) if at % A_TENTH else hostile.text('{"type":"command","id":"1"}')
        try:
            frame = parse(text)
        except BadFrame:
            continue
        taken += 1
        if isinstance(frame, CommandFrame):
            assert_clean(frame.args, frame.kind, frame.id)
            assert_one_line(control._message(frame.id, frame.kind, "1001", frame.args))
        else:
            assert not isinstance(frame, LineFrame) or isinstance(frame.registered, bool)
    assert 0.01 * number < taken < 0.8 * number, f"{taken} of {number} were taken"


def assert_clean(args: Mapping[str, object], kind: str, id_: str) -> None:
    known = KINDS[kind]
    assert args.keys() <= known.needs.keys() | known.may.keys()
    assert id_.isprintable()
    for value in args.values():
        assert isinstance(value, bool) or (isinstance(value, str) and value.isprintable()), args


def assert_one_line(message: Mapping[str, object]) -> None:
    """On its way to cti it is one line, and the same command at the other end."""
    line = json.dumps(message, ensure_ascii=False).encode()
    assert b"\n" not in line
    assert _command(line) == {**message}


@pytest.mark.parametrize("number", EACH)
def test_a_line_at_the_control_socket_is_one_command_or_a_refusal(number: int) -> None:
    hostile, taken = Hostile(), 0
    right = {"type": "command", "id": "1", "actor": "1001", "kind": "ready", "args": {}, "expires_at": 1.0}
    for _ in range(number):
        name = hostile.dice.choice(sorted(right))
        odd = hostile.dice.random() < 0.3
        bent = {**right, name: hostile.dice.choice(ODD) if odd else hostile.text(str(right[name]))}
        whole = hostile.dice.random() < 0.7
        line = json.dumps(bent) if whole else hostile.text(json.dumps(right))
        try:
            command = _command(line.encode("utf-8", "replace"))
        except BadCommand:
            continue
        taken += 1
        assert isinstance(command["args"], dict)
        assert 0 < len(command["id"]) <= 64
    assert taken < number


@pytest.mark.parametrize("number", [400, pytest.param(5_000, marks=pytest.mark.matrix)])
async def test_hostile_arguments_that_reach_cti_are_refused_and_nothing_is_sent(number: int) -> None:
    hostile = Hostile()
    async with house() as home:
        commands = DeskCommands(home.engine)
        for _ in range(number):
            args = {name: _some_value(name, hostile) for name in hostile.dice.sample(FIELDS, 5)}
            kind = hostile.dice.choice(CTI_KINDS)
            try:
                await commands.carry_out(hostile.chosen("1001"), kind, args | {"roles": ["supervisor"]})
            except Refusal:
                continue
        assert home.switch.done == []

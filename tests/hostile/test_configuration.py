"""Whatever stands in a list of agents or in an operator's file, no line of Asterisk's configuration is made by it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline import directory
from hotline.directory import BadDirectory
from hotline.runtime import agents_config, carriers, emergency_routes
from hotline.runtime.agents_config import BROWSER, PHONE, BadDesk, Desk
from hotline.runtime.asterisk_values import UnsafeValue, conf_value
from hotline.runtime.carriers import BadCarriers
from ivr.load import BadPlan
from tests.hostile.values import EACH, Hostile

SYNTAX = set(";,()\"'=[]{}$&|!<>\\^`?\t") | {chr(code) for code in (*range(32), *range(127, 160))}
LINE_ENDS = set("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
FILES = [60, pytest.param(2_000, marks=pytest.mark.matrix)]
RIGHT_DESK = {"agent": "1001", "extension": "1001", "name": "王敏", "password": "ONE.PASS-WORD", "device": PHONE}
CARRIERS: dict[str, Any] = {
    "carriers": [
        {"name": "telecom", "addresses": ["198.51.100.10"], "port": 5060, "call_cap": 60,
         "routes": [{"digits": "1XXXXXXXXXX", "caller_id": "051212345"}]},
    ]
}  # fmt: skip
ROUTES: dict[str, Any] = {
    "default": "demo",
    "districts": {
        "demo": {"name": "示范区", "routes": {service: [{"name": "一台", "number": "990090", "trunk": "10.1.2.3:5060"}]
                                          for service in ("110", "119", "120", "122")}},
    },
}  # fmt: skip


@pytest.mark.parametrize("number", EACH)
def test_a_value_that_passes_the_door_holds_no_syntax_of_any_file(number: int) -> None:
    hostile, refused = Hostile(), 0
    for _ in range(number):
        value = hostile.text("王敏 10.1.2.3:5060")
        try:
            assert conf_value(value) == value
        except UnsafeValue:
            refused += 1
            continue
        assert not set(value) & (SYNTAX | LINE_ENDS), repr(value)
    assert refused > 0.5 * number


@pytest.mark.parametrize("number", EACH)
def test_one_agent_is_one_desk_of_the_usual_lines_or_none(number: int) -> None:
    hostile, refused = Hostile(), 0
    usual = {device: lines(Desk(**{**RIGHT_DESK, "device": device})) for device in (PHONE, BROWSER)}
    for _ in range(number):
        given = {name: hostile.chosen(value) for name, value in RIGHT_DESK.items() if name != "device"}
        device = hostile.dice.choice((PHONE, BROWSER, hostile.text(PHONE)))
        try:
            made = lines(Desk(device=device, **given))
        except (UnsafeValue, BadDesk):
            refused += 1
            continue
        assert [each.split("=")[0] if "=" in each else each[:1] for each in made] == [
            each.split("=")[0] if "=" in each else each[:1] for each in usual[device]
        ], made
    assert 0.3 * number < refused < number


def lines(desk: Desk) -> list[str]:
    """As Asterisk reads them; what is behind a semicolon is no more than a comment."""
    text = agents_config.render([desk]) + agents_config.render_queues([desk])
    assert not set(text) & (LINE_ENDS - {"\n"}), repr(text)
    return [line for line in text.split("\n") if line and not line.startswith(";")]


@pytest.mark.parametrize("number", FILES)
@pytest.mark.parametrize(
    ("right", "read", "refusal"),
    [
        (CARRIERS, carriers.read, BadCarriers),
        (ROUTES, emergency_routes.read, BadPlan),
        (yaml.safe_load(directory.SHIPPED.read_text("utf-8")), directory.load, BadDirectory),
    ],
    ids=["carriers", "routes", "directory"],
)
def test_a_file_with_one_hostile_value_is_refused_or_what_is_read_is_harmless(
    tmp_path: Path, number: int, right: Any, read: Callable[[Path], Any], refusal: type[Exception]
) -> None:
    hostile, refused, places = Hostile(), 0, list(texts_in(right))
    file = tmp_path / "given.yaml"
    file.write_text(yaml.safe_dump(right, allow_unicode=True), "utf-8")
    read(file)
    for _ in range(number):
        place, value = hostile.dice.choice(places)
        bent = put(right, place, hostile.text(value).encode("utf-8", "replace").decode())
        file.write_text(yaml.safe_dump(bent, allow_unicode=True), "utf-8")
        try:
            known = read(file)
        except refusal:
            refused += 1
            continue
        for text in words_of(known):
            assert not set(text) & LINE_ENDS, repr(text)
            try:
                conf_value(text)
            except UnsafeValue:  # whatever writes it asks the same door
                continue
            assert re.fullmatch(r"[^;\"$\[\]{}\\<>]*", text), repr(text)
    assert refused > 0.3 * number, f"{refused} of {number} were refused"


def texts_in(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text of a file and where it stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts_in(value, (*place, key))
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from texts_in(value, (*place, at))
    elif isinstance(node, str):
        yield place, node


def put(node: Any, place: tuple[Any, ...], value: str) -> Any:
    """The same with another value at one place."""
    if not place:
        return value
    if isinstance(node, dict):
        return {key: put(each, place[1:], value) if key == place[0] else each for key, each in node.items()}
    return [put(each, place[1:], value) if at == place[0] else each for at, each in enumerate(node)]


def words_of(known: Any) -> Iterator[str]:
    """Every text in what was read."""
    if isinstance(known, str):
        yield known
    elif dataclasses.is_dataclass(known):
        for field in dataclasses.fields(known):
            yield from words_of(getattr(known, field.name))
    elif isinstance(known, dict):
        for key, value in known.items():
            yield from words_of(key)
            yield from words_of(value)
    elif isinstance(known, tuple | list | frozenset):
        for each in known:
            yield from words_of(each)

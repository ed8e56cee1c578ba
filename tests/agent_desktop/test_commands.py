"""Commands of the desk: every kind with its exact arguments, and nothing else, comes through the door."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.commands import KINDS, About
from agent_desktop.frames import CommandFrame, parse
from agent_desktop.refusals import BadFrame

GOOD: dict[str, dict[str, object]] = {
    "three_way": {"entry": "shebao", "case_kind": "complaint", "class_code": "040201", "summary": "养老金没有到账"},
    "mute_leg": {"leg": "1795267200.12"},
    "remove_leg": {"leg": "node-1/1795267200.12", "call_id": "HCdemo-1-1795267200.7"},
    "solved": {"entry": "shebao", "solved": False},
    "emergency": {"service": "110", "summary": "东湖花园3幢起火", "district": "chengdong", "location": "东门"},
    "emergency_again": {"location": "东门"},
    "transfer": {"target_kind": "agent", "target": "1002", "warm": True},
    "record_pause": {"reason": "银行卡号"},
    "dial": {"number": "13800006027"},
    "callback_take": {"callback_id": "HCdemo-1-1795267200.7"},
    "callback_done": {"callback_id": "HCdemo-1-1795267200.7", "outcome": "reached"},
    "listen": {"agent": "1001"},
    "take_over": {"call_id": "HCdemo-1-1795267200.7"},
    "force": {"agent": "1001", "state": "paused", "reason": "班长安排"},
    "message": {"agent": "1001", "text": "请放慢语速"},
}
BAD: list[tuple[str, dict[str, object]]] = [
    ("emergency", {}),
    ("emergency", {"service": "12345"}),
    ("emergency", {"service": ["110"]}),
    ("emergency", {"service": "110", "number": "110"}),
    ("three_way", {"entry": "she bao"}),
    ("three_way", {"entry": "shebao", "class_code": "0402"}),
    ("three_way", {"entry": "shebao", "case_kind": "shouting"}),
    ("three_way", {"entry": "shebao", "summary": "a\r\nAction: Originate"}),
    ("three_way", {"entry": "shebao", "numbers": ["110"]}),
    ("mute_leg", {"leg": "a\r\nAction: Originate"}),
    ("mute_leg", {"leg": ""}),
    ("transfer", {"target_kind": "number", "target": "110", "warm": False}),
    ("transfer", {"target_kind": "agent", "target": "1002", "warm": "no"}),
    ("solved", {"entry": "shebao", "solved": 1}),
    ("dial", {"number": "110@elsewhere"}),
    ("dial", {"number": "٣٤٥٦"}),
    ("force", {"agent": "1001", "state": "talking"}),
    ("message", {"agent": "1001", "text": "a\nb"}),
    ("message", {"agent": "1001", "text": "x" * 201}),
    ("listen", {"agent": "1001", "roles": ["supervisor"]}),
    ("ready", {"call_id": "HCdemo-1-1795267200.7"}),
    ("sign_off", {}),
    ("desk_gone", {}),
    ("desks_alive", {}),
]


def frame(kind: str, args: dict[str, object]) -> str:
    return json.dumps({"type": "command", "id": "1", "kind": kind, **args})


@pytest.mark.parametrize("kind", GOOD)
def test_a_command_with_its_own_arguments_is_read(kind: str) -> None:
    assert parse(frame(kind, GOOD[kind])) == CommandFrame(id="1", kind=kind, args=GOOD[kind])


def test_words_for_an_operator_are_tidied_never_refused() -> None:
    said = parse(
        frame("emergency", {"service": "110", "summary": "a\u3000\n\x1b[2J\U000323b0火 ", "location": "\u202e"})
    )
    assert isinstance(said, CommandFrame)
    assert said.args == {"service": "110", "summary": "a [2J 火", "location": ""}


@pytest.mark.parametrize(("kind", "args"), BAD)
def test_a_command_with_anything_else_is_refused(kind: str, args: dict[str, object]) -> None:
    with pytest.raises(BadFrame):
        parse(frame(kind, args))


def test_a_null_counts_as_absent() -> None:
    assert parse(frame("hold", {"call_id": None})) == CommandFrame(id="1", kind="hold")


def test_what_is_about_a_seat_is_never_about_the_own_call() -> None:
    seats = {kind for kind, rule in KINDS.items() if rule.about is About.SEAT}
    assert seats == {"listen", "whisper", "barge", "spy_end", "take_over", "force", "message"}


VALUES = st.one_of(
    st.text(max_size=80), st.booleans(), st.integers(), st.none(), st.lists(st.text(max_size=5), max_size=2)
)


@given(
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(
        st.sampled_from(["call_id", "leg", "entry", "service", "number", "agent", "text", "reason", "x"]),
        VALUES,
        max_size=4,
    ),
)
def test_hostile_values_are_refused_or_harmless(kind: str, args: dict[str, object]) -> None:
    try:
        read = parse(frame(kind, args))
    except BadFrame:
        return
    assert isinstance(read, CommandFrame)
    assert all(value is not None for value in read.args.values())
    for value in read.args.values():
        assert not isinstance(value, str) or (value.isprintable() and len(value) <= 200)

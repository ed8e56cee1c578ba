"""Commands about parties and transfers at the AMI encoder: one action out, or a refusal; no phone number ever."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti.asterisk.actions import ALLOWED, action_of
from cti.asterisk.asked import ActionRefused, check
from cti.core.commands import Command
from cti.core.ids import AgentId, CallId, Channel, DialId, QueueName
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

CALL, CALLER, LEG = (
    CallId("HCdemo-1-1795316588.0"),
    Channel("PJSIP/test-citizen-0000000a"),
    Channel("PJSIP/1001-0000000b"),
)
DIAL = DialId("0123456789abcdef0123456789abcdef")
GOOD: list[Command] = [
    AskThird(call_id=CALL, caller_channel=CALLER, agent_channel=LEG, entry="shebao", kind="help", class_code="010101"),
    AskColleague(call_id=CALL, caller_channel=CALLER, agent_channel=LEG, colleague=AgentId("1002")),
    BringBack(call_id=CALL, caller_channel=CALLER, agent=AgentId("1001")),
    StopAsking(call_id=CALL, caller_channel=CALLER),
    DialNumber(agent=AgentId("1001"), number="13800000001", dial=DIAL, case_id="01a2-0b", callback_id=CALL),
    HoldLeg(call_id=CALL, channel=LEG),
    RetrieveLeg(call_id=CALL, channel=LEG),
    SwapLegs(call_id=CALL, caller_channel=CALLER, leg_channel=LEG, caller_comes=True),
    MuteLeg(call_id=CALL, channel=LEG),
    UnmuteLeg(call_id=CALL, channel=LEG),
    DismissCaller(call_id=CALL, caller_channel=CALLER),
    HandOver(call_id=CALL, caller_channel=CALLER, leg_channel=LEG),
    SendToQueue(call_id=CALL, caller_channel=CALLER, queue=QueueName("enterprise")),
    SendToAgent(call_id=CALL, caller_channel=CALLER, agent=AgentId("1002")),
    SendToEntry(call_id=CALL, caller_channel=CALLER, kind="centre", entry="sheng", case_id="2026-1"),
    SendToEntry(
        call_id=CALL,
        caller_channel=CALLER,
        kind="specialist",
        entry="shebao",
        case_id="",
        about_kind="help",
        class_code="010101",
    ),
]
CONTEXTS = re.compile(
    r"hl-(ask|ask-agent|bring-back|room-caller|room-staff|hold|hold-leg|dismiss|become-agent|transfer-\w+)\Z"
)
LOCAL = re.compile(r"Local/[0-9]{4}@hl-reach-number/n\Z")
PLAIN = re.compile(r"[0-9A-Za-z*._-]+\Z")


@pytest.mark.parametrize("command", GOOD, ids=lambda command: type(command).__name__)
def test_each_command_is_one_action_of_few_kinds_and_originates_our_own_routine_only(command: Command) -> None:
    action = action_of(command)
    check(action, ALLOWED)
    assert action["Action"] in {"Redirect", "ConfbridgeMute", "ConfbridgeUnmute", "Originate"}
    assert (action["Action"] == "Originate") is action.get("Channel", "").startswith("Local/")
    for key in ("Context", "ExtraContext"):
        assert CONTEXTS.match(action.get(key, "hl-hold"))


@settings(max_examples=2000, deadline=None)
@given(command=st.sampled_from(GOOD), place=st.integers(0, 5), value=st.text(max_size=60))
def test_a_value_that_could_become_protocol_or_a_dial_string_is_refused(
    command: Command, place: int, value: str
) -> None:
    names = [field.name for field in fields(command) if isinstance(getattr(command, field.name), str)]
    name = names[place % len(names)]
    values = {field.name: getattr(command, field.name) for field in fields(command)} | {name: value}
    try:
        action = action_of(type(command)(**values))
    except ActionRefused:
        return
    check(action, ALLOWED)
    for key in ("Exten", "ExtraExten"):
        assert PLAIN.match(action.get(key, "s"))
    for key in ("Channel", "ExtraChannel"):
        assert action.get(key, str(LEG)).startswith(("PJSIP/", "Local/"))
    assert LOCAL.match(action.get("Channel", "")) or not action.get("Channel", "").startswith("Local/")


@pytest.mark.parametrize(("caller_comes", "leaves", "comes"), [(True, LEG, CALLER), (False, CALLER, LEG)])
def test_who_leaves_the_room_goes_before_the_other_comes(caller_comes: bool, leaves: Channel, comes: Channel) -> None:
    swap = SwapLegs(call_id=CALL, caller_channel=CALLER, leg_channel=LEG, caller_comes=caller_comes)
    action = action_of(swap)
    assert (action["Channel"], action["ExtraChannel"]) == (leaves, comes)

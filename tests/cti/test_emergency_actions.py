"""Whatever a desk sends along with an emergency, one tight action goes to Asterisk."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.asterisk.actions import ALLOWED, action_of
from cti.asterisk.asked import ActionRefused, check
from cti.core.emergency_commands import SERVICES, CancelEmergency, PressEmergency
from cti.core.ids import CallId, Channel

CALL, LEG = CallId("HCdemo-1-1795316489.0"), Channel("PJSIP/1001-0000001f")
VARIABLE = re.compile(r"[A-Z_]+=[^=]*")


@given(summary=st.text(max_size=600), location=st.text(max_size=600), service=st.sampled_from(SERVICES))
def test_words_of_the_case_never_become_another_variable_or_action(summary: str, location: str, service: str) -> None:
    command = PressEmergency(call_id=CALL, agent_channel=LEG, service=service, summary=summary, location=location)
    action = action_of(command)
    check(action, ALLOWED)
    assert action["Action"] == "Originate"
    assert action["Channel"] == f"Local/{service}@hl-reach-emergency/n"
    variables = action["Variable"].split(",")
    assert all(VARIABLE.fullmatch(variable) for variable in variables), variables
    names = [variable.split("=")[0] for variable in variables]
    assert names[:2] == ["HL_BY", "HL_TRIGGER"]
    assert set(names) <= {"HL_BY", "HL_TRIGGER", "HL_SUMMARY", "HL_LOCATION"}
    assert len(names) == len(set(names))
    assert "Application" not in action


@pytest.mark.parametrize("sign", ["x", "火", "é", "[", "]{", "𠮷", "\u202e", '"', "\n", "%0d%0aVia: x", "${SHELL(id)}"])
def test_however_long_the_words_are_they_fit_the_action_and_the_header_in_whole_characters(sign: str) -> None:
    long = sign * 600
    action = action_of(
        PressEmergency(
            call_id=CALL, agent_channel=LEG, service="110", district="d" * 32, summary=long, location=f"a{long}"
        )
    )
    check(action, ALLOWED)
    variables = dict(variable.split("=") for variable in action["Variable"].split(","))
    for name, signs, octets in (("HL_SUMMARY", 120, 300), ("HL_LOCATION", 80, 150)):
        said = variables.get(name, "")
        assert len(said) <= signs
        assert len(said.encode()) <= octets
        assert said.isprintable()
        assert not set(said) & set(',"\\()[]{}$;=\r\n')
    assert action["Channel"] == "Local/110@hl-reach-emergency/n"


@given(word=st.text(max_size=40))
def test_only_the_four_services_our_own_channels_and_plain_districts_leave(word: str) -> None:
    given_words = (
        PressEmergency(call_id=CALL, agent_channel=LEG, service=word),
        PressEmergency(call_id=CALL, agent_channel=Channel(word), service="110"),
        PressEmergency(call_id=CALL, agent_channel=LEG, service="110", district=f"{word}!"),
        CancelEmergency(call_id=CALL, agent_channel=LEG, service=word),
    )
    for command in given_words:
        if word in SERVICES:
            continue
        with pytest.raises(ActionRefused):
            action_of(command)


def test_a_cancel_names_nobody_elses_leg() -> None:
    action = action_of(CancelEmergency(call_id=CALL, agent_channel=LEG, service="119"))
    assert action["Channel"] == "Local/cancel@hl-reach-emergency/n"
    assert action["Variable"] == f"HL_BY={LEG},HL_SERVICE=119"

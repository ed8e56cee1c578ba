"""Emergencies that only Asterisk's own log (CEL) knows: pressed while everything else was down."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.asterisk import cel
from cti.asterisk.cel_emergency import step_of
from cti.core.agreement import differences
from cti.core.emergency import EmergencyState
from cti.core.events import CallEvent
from cti.core.ids import CallId
from cti.core.leg_events import (
    EmergencyPressed,
    EmergencyReached,
    EmergencyRouteFailed,
    LegAnswered,
    LegHungUp,
    LegLeft,
    LegRang,
)
from cti.core.second_source import missed
from cti.core.story import tell
from cti.core.verdict import verdict

CALL = CallId("HCdemo-1-1795318092.0")
CALLER, AGENT, OPERATOR = "demo-1-1795318092.0", "demo-1-1795318094.1", "demo-1-1795318099.4"
NAMES = {CALLER: "PJSIP/test-citizen-00000000", AGENT: "PJSIP/1001-00000001", OPERATOR: "PJSIP/hl-route-1-00000002"}
ROUTINE = ("demo-1-1795318097.3", "Local/110@hl-reach-emergency-00000000;2")


def line(event: str, at: float, leg: str, application: str = "", **extra: object) -> str:
    """One line of the file, as Asterisk writes it."""
    channel, linked = (ROUTINE[1], leg) if leg == ROUTINE[0] else (NAMES[leg], CALLER)
    account = CALL if leg == OPERATOR else ""
    told = json.dumps(extra, ensure_ascii=False) if extra else ""
    fields = (event, f"{1795318092 + at:.6f}", leg, linked, account, channel, application, told)
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields)


def step(at: float, said: str, leg: str = ROUTINE[0]) -> str:
    return line("USER_DEFINED", at, leg, "CELGenUserEvent", extra=f"emergency/{said}")


def hangs_up(at: float, leg: str, *, itself: bool) -> str:
    return line("HANGUP", at, leg, hangupcause=16, hangupsource=NAMES[leg] if itself else "dialplan/builtin")


TALK = [
    line("ANSWER", 0, CALLER, "Answer"),
    line("ANSWER", 2, AGENT, "AppQueue"),
    line("BRIDGE_ENTER", 2.1, AGENT, "AppQueue", bridge_id="b1"),
    line("BRIDGE_ENTER", 2.2, CALLER, "Queue", bridge_id="b1"),
]
PRESS = [
    step(5, f"pressed/{CALL}/110/dtmf/1001"),
    step(5.1, f"trying/{CALL}/110//公安110指挥中心"),
    step(5.6, f"failed-route/{CALL}/110/busy/公安110指挥中心"),
    step(5.7, f"trying/{CALL}/110//公安110备用线路"),
    line("ANSWER", 8, OPERATOR, "AppDial"),
    step(8.01, f"reached/{CALL}/110//公安110备用线路", OPERATOR),
    line("BRIDGE_ENTER", 8.1, OPERATOR, "ConfBridge", bridge_id="room"),
]
ENDS = [
    hangs_up(20, CALLER, itself=True),
    line("BRIDGE_EXIT", 30, OPERATOR, "ConfBridge", bridge_id="room"),
    hangs_up(30, OPERATOR, itself=True),
    hangs_up(31, AGENT, itself=False),
]


def events(lines: Sequence[str]) -> tuple[CallEvent, ...]:
    found = {call_id: cel.events_of(call_id, rows) for call_id, rows in cel.by_call(cel.rows_of(lines)).items()}
    return found[CALL]


def test_a_press_that_nobody_heard_is_told_with_routes_operator_and_who_hung_up() -> None:
    told = events([*TALK, *PRESS, *ENDS])
    call = tell(told).call
    assert call is not None
    assert call.emergency is not None
    assert (call.emergency.state, call.emergency.service, call.emergency.trigger, call.emergency.agent) == (
        EmergencyState.ENDED,
        "110",
        "dtmf",
        "1001",
    )
    assert (call.emergency.route, call.emergency.ended_by) == ("公安110备用线路", "operator")
    assert [(each.route, each.reason) for each in call.emergency.tried] == [("公安110指挥中心", "busy")]
    (rang,) = [event for event in told if isinstance(event, LegRang)]
    assert (rang.leg, rang.role, rang.party, rang.label) == (OPERATOR, "emergency", "110", "公安110备用线路")
    assert {event.role for event in told if isinstance(event, LegLeft | LegHungUp) and event.leg == OPERATOR} == {
        "emergency"
    }
    assert verdict(told).outcome == "emergency"


def test_the_routine_s_own_channels_are_no_calls_and_no_legs() -> None:
    rows = list(cel.rows_of([*TALK, *PRESS, *ENDS]))
    assert set(cel.by_call(rows)) == {CALL}
    assert ROUTINE[0] not in {getattr(event, "leg", "") for event in events([*TALK, *PRESS, *ENDS])}


def test_only_the_steps_that_were_not_heard_are_told_again() -> None:
    whole = events([*TALK, *PRESS, *ENDS])
    assert missed(whole, whole) == []
    steps = EmergencyPressed | EmergencyReached | EmergencyRouteFailed | LegRang | LegAnswered
    heard = [event for event in whole if not isinstance(event, EmergencyReached | EmergencyRouteFailed)]
    assert {type(event) for event in missed(heard, whole)} == {EmergencyReached, EmergencyRouteFailed}
    before = events(TALK)
    found = missed(before, whole)
    assert {type(event) for event in found if isinstance(event, steps)} == set(steps.__args__)
    assert any(isinstance(event, LegLeft) and event.role == "emergency" for event in found), "and how he left"


def test_a_second_press_of_the_same_service_is_another_one() -> None:
    again = step(40, f"pressed/{CALL}/110/desk/1001")
    once, twice = events([*TALK, *PRESS, *ENDS[1:3]]), events([*TALK, *PRESS, *ENDS[1:3], again])
    assert [type(event) for event in missed(once, twice)] == [EmergencyPressed]


def test_verify_tells_of_a_press_or_an_answer_that_one_source_lacks() -> None:
    whole = events([*TALK, *PRESS, *ENDS])
    assert differences(CALL, whole, whole) == []
    deaf = [event for event in whole if not isinstance(event, EmergencyPressed)]
    (press,) = [each for each in differences(CALL, deaf, whole) if each.what == "emergency"]
    assert (press.who, press.journal_s) == ("110", None)
    assert press.cel_s == pytest.approx(3.01)
    unanswered = [event for event in whole if not isinstance(event, EmergencyReached)]
    (answer,) = [each for each in differences(CALL, unanswered, whole) if each.what == "emergency"]
    assert answer.journal_s == 0.0


@given(st.text(max_size=80))
def test_any_other_text_is_no_step_and_spoils_no_row(text: str) -> None:
    assert step_of(text) is None or text.startswith("emergency/")
    row = line("USER_DEFINED", 1, AGENT, "CELGenUserEvent", extra=f"emergency/{text}")
    list(cel.by_call(cel.rows_of(row.splitlines())))
    events([*TALK, *(row for row in [row] if "\n" not in row and "\r" not in row)])

"""`hotline calls replay`: recorded streams, and what a network makes of them, against what phones measured."""

from __future__ import annotations

import gzip
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bench.replay import TOLERATED, distance
from bench.vary import VARIATIONS, Line
from cti.asterisk import recorded
from cti.asterisk.replay import stories_of
from cti.core.events import CallEvent
from cti.core.hearing import heard
from hotline.cli import main
from hotline.replay import replayed
from tests.cti.truths import FOLDER, apart, streams, told_by, truth, unmeasured

VARIED = 50
"""Of each kind; the bench makes a thousand."""
SILENT_WORD = {"hold_retrieve", "m1_agent_sip_hold", "m2_agent_sip_hold"}
"""A phone's own hold key shows in no list: when its message was lost, nobody knows of it."""
LOST_SOUND = {"agent_frozen", "allsoftmix_agent_frozen", "agent_hangs_up", "emergency_second_call"}
"""Their sound began or ended a second from what any message says, which uses up most of what is tolerated."""

IN_ALL_WAYS = (
    "consult_merge",
    "emergency_click",
    "m2_agent_then_spec",
    "supervise",
    "rec_requeue",
    "m1_agent_sip_hold",
)
"""A stream of each mechanism."""

ENDINGS = {
    "agent_frozen": ("caller", "answered"),
    "agent_hangs_up": ("agent", "answered"),
    "allsoftmix_agent_frozen": ("caller", "answered"),
    "allsoftmix_agent_hangs_up": ("agent", "answered"),
    "allsoftmix_city_transfer": ("unknown", "transferred"),
    "allsoftmix_emergency_dtmf": ("emergency", "emergency"),
    "allsoftmix_hold_retrieve": ("agent", "answered"),
    "allsoftmix_m1_agent_leaves": ("caller", "answered"),
    "allsoftmix_m1_agent_then_spec": ("specialist", "answered"),
    "allsoftmix_m2_spec_leaves": ("agent", "answered"),
    "allsoftmix_queue_to_queue": ("agent", "transferred"),
    "allsoftmix_rec_rep_q2q": ("caller", "transferred"),
    "browser_killed": ("caller", "answered"),
    "browser_killed_noami": ("caller", "answered"),
    "browser_reload_bye": ("agent", "answered"),
    "city_transfer": ("unknown", "transferred"),
    "consult_agent_dies": ("caller", "answered"),
    "consult_citizen_leaves": ("caller", "answered"),
    "consult_merge": ("caller", "answered"),
    "emergency_click": ("caller", "emergency"),
    "emergency_deadtrunk": ("caller", "emergency"),
    "emergency_in_room": ("caller", "emergency"),
    "emergency_second_call": ("caller", "emergency"),
    "hold_retrieve": ("caller", "answered"),
    "ivr_abandon": ("caller", "abandoned_menu"),
    "m1_agent_leaves": ("caller", "answered"),
    "m1_agent_sip_hold": ("caller", "answered"),
    "m1_bridgeadd_dead": ("caller", "answered"),
    "m1_citizen_leaves": ("caller", "answered"),
    "m1_refused": ("caller", "answered"),
    "m1_spec_leaves": ("agent", "answered"),
    "m2_agent_leaves": ("caller", "answered"),
    "m2_agent_sip_hold": ("caller", "answered"),
    "m2_agent_then_spec": ("specialist", "answered"),
    "m2_citizen_leaves_ringing": ("caller", "answered"),
    "m2_citizen_leaves_ringing_noami": ("caller", "answered"),
    "m2_refused": ("caller", "answered"),
    "queue_abandon": ("caller", "abandoned_queue"),
    "rec_pause": ("caller", "answered"),
    "rec_rep_blind": ("caller", "transferred"),
    "rec_rep_fix": ("caller", "transferred"),
    "rec_rep_q2q": ("caller", "transferred"),
    "rec_requeue": ("caller", "answered"),
    "restart_midcall": ("system", "lost"),
    "supervise": ("unknown", "answered"),
}
"""Read off the texts: whose phone hung up last of those who were with the caller, and what became of the call.

`unknown`: the other centre and the supervisor who took over are none of the parties that the figure names.
"""


@cache
def lines(stream: str) -> list[Line]:
    return recorded.lines(next(FOLDER.glob(f"{stream}.jsonl*")))


@cache
def told(stream: str) -> dict[str, Any]:
    return replayed(recorded.from_lines(lines(stream)))


@pytest.mark.parametrize("stream", streams())
def test_who_heard_whom_is_told_as_it_was_measured(stream: str) -> None:
    replay, measured = told_by(told(stream)), truth(stream)
    off = {pair: apart(replay.get(pair, []), measured.get(pair, [])) for pair in {*replay, *measured}}
    assert {pair: s for pair, s in off.items() if s > TOLERATED and pair not in unmeasured(stream)} == {}


@pytest.mark.parametrize("stream", streams())
def test_the_end_and_the_outcome_are_told_as_the_text_says(stream: str) -> None:
    call = told(stream)["calls"][0]
    assert (call["ended_by"], call["outcome"]) == ENDINGS[stream]


def test_each_leg_is_told_once_with_its_role_and_its_time() -> None:
    (call,) = told("emergency_click")["calls"]
    legs = [(leg["role"], leg["channel"].partition("-")[0]) for leg in call["legs"]]
    assert legs == [
        ("caller", "PJSIP/citizens"),
        ("agent", "PJSIP/agent1001"),
        ("emergency", "PJSIP/trunkA"),
        ("emergency", "PJSIP/trunkB"),
    ]
    assert all(leg["from"] <= leg["to"] for leg in call["legs"])
    assert call["legs"][1]["to"] == pytest.approx(6.169, abs=0.1)
    assert call["legs"][0]["to"] == pytest.approx(8.172, abs=0.1)


def test_a_restart_of_asterisk_ends_the_first_call_and_not_the_second() -> None:
    first, second = told("restart_midcall")["calls"]
    assert (first["ended_by"], first["outcome"]) == ("system", "lost")
    assert first["legs"][0]["to"] == pytest.approx(3.02, abs=0.1)
    assert (second["ended_by"], second["outcome"]) == ("caller", "answered")


@pytest.mark.parametrize("kind", list(VARIATIONS))
def test_a_varied_stream_tells_the_same_call(kind: str) -> None:
    """A seeded draw over all streams: what lies in a gap cannot be known; the bench makes a thousand."""
    names = [name for name in streams() if kind != "gap" or name not in SILENT_WORD | LOST_SOUND]
    for number in range(VARIED):
        stream = names[number % len(names)]
        assert distance(stream, lines(stream), kind, f"{kind} {stream} {number}") <= TOLERATED, (stream, number)


@pytest.mark.parametrize("kind", ["duplicates", "late"])
def test_duplicates_and_late_batches_change_nothing_at_all(kind: str) -> None:
    for number, stream in enumerate(streams()):
        varied = VARIATIONS[kind](lines(stream), random.Random(f"{kind} {number}"))
        assert replayed(recorded.from_lines(varied)) == told(stream), stream


@pytest.mark.parametrize("seed", range(5))
def test_lines_in_any_order_are_the_same_stream(seed: int) -> None:
    shuffled = list(lines("consult_merge"))
    random.Random(seed).shuffle(shuffled)
    replay, measured = told_by(replayed(recorded.from_lines(shuffled))), truth("consult_merge")
    assert all(apart(replay.get(pair, []), measured[pair]) <= TOLERATED for pair in measured)


@pytest.mark.parametrize("zipped", [False, True])
def test_the_command_prints_one_line_of_json(zipped: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "stream.jsonl"
    text = "\n".join(json.dumps(line) for line in lines("queue_abandon")).encode()
    path.write_bytes(gzip.compress(text) if zipped else text)
    assert main(["calls", "replay", str(path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == told("queue_abandon")
    assert set(printed["calls"][0]) == {"id", "legs", "hears", "ended_by", "outcome"}


def test_what_is_no_stream_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"dt": 0.1, "Event": "Hangup"}\nnot json\n', "utf-8")
    assert main(["calls", "replay", str(path)]) == 1
    assert "broken.jsonl:2" in capsys.readouterr().err


def test_messages_told_in_the_order_of_their_delivery_tell_the_same_hearing() -> None:
    """What the engine does, which cannot sort: a message two seconds late still takes its right place."""
    for number, stream in enumerate(IN_ALL_WAYS):
        delivered = VARIATIONS["late"](lines(stream), random.Random(number))
        in_order = recorded.from_lines(delivered)
        stamps = sorted(range(len(delivered)), key=lambda place: float(delivered[place]["dt"]))
        late = [message for _, message in sorted(zip(stamps, in_order, strict=True), key=lambda pair: pair[0])]
        for call_id, story in stories_of(in_order).items():
            assert hearing(stories_of(late)[call_id].events) == hearing(story.events), stream


def hearing(events: tuple[CallEvent, ...]) -> dict[tuple[str, str], float]:
    """Seconds of each pair of legs, to the hundredth."""
    spans: dict[tuple[str, str], float] = {}
    for each in heard(events):
        lasted = (each.end - each.start).total_seconds() if each.end else 0.0
        spans[each.ear, each.mouth] = round(spans.get((each.ear, each.mouth), 0.0) + lasted, 2)
    return spans

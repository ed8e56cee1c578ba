"""The comparison itself: what agrees is silent, and each kind of disagreement is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from storage.talk import Interval
from tests.proof.at_desk import at_desk
from tests.proof.board_log import Board, Seen
from tests.proof.compared import Voice, moments_differ, shown_otherwise, sums_differ, talk_differs, voices_of, within
from tests.proof.outside import leg_of, outside_differs
from tests.proof.phone_log import PhoneCall
from tests.proof.stored_call import StoredCall
from tests.stories.voices import AGENT_TONES, CALLER_TONE, OTHER_TONE, tone_of

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TONES = (*AGENT_TONES.values(), OTHER_TONE)
FIRST, SECOND, OTHER = AGENT_TONES["1001"], AGENT_TONES["1002"], OTHER_TONE


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def spans(*pairs: tuple[float, float]) -> list[Interval]:
    return [(at(begin), at(end)) for begin, end in pairs]


def segment(role: str, kind: str, begin: float, end: float, bridge: str | None = "b1") -> dict[str, Any]:
    bridged = bridge if kind == "bridge" else None
    return {"leg": role, "role": role, "kind": kind, "bridge": bridged, "from_at": at(begin), "to_at": at(end)}


def call(
    *segments: dict[str, Any], agent: str = "1001", talk_s: float = 8.0, ended: float = 9.0, specialist: float = 0.0
) -> StoredCall:
    """A caller from 0, an agent who answered at 1, maybe a specialist."""
    leg = {"answered_at": at(1), "to_at": at(ended), "talk_s": talk_s}
    legs = [{"leg": "caller", "role": "caller", "party": None, **leg, "talk_s": 0.0}]
    legs.append({"leg": "agent", "role": "agent", "party": agent, **leg})
    if specialist:
        legs.append({"leg": "specialist", "role": "specialist", "party": "laodong", **leg, "talk_s": specialist})
    row = {
        "call_id": "HC1",
        "outcome": "answered",
        "arrived_at": at(0),
        "ended_at": at(ended),
        "talk_s": talk_s,
        "created_month": date.min,
    }
    return StoredCall(row=row, legs=legs, segments=list(segments))


TALKED = (segment("caller", "bridge", 1, 9), segment("agent", "bridge", 1, 9))


def voices(
    stored: StoredCall, heard: Mapping[float, list[Interval]], mutes: Mapping[str, Sequence[Interval]] | None = None
) -> dict[float, Voice]:
    found = voices_of(stored, lambda tone: heard.get(tone, []), tone_of, TONES, mutes or {})
    return {voice.tone: voice for voice in found}


def told(stored: StoredCall, heard: Mapping[float, list[Interval]], slack: float = 0.0, **mutes: Any) -> str:
    """Every complaint about the talk of a call."""
    each = voices(stored, heard, mutes.get("mutes"))
    return " | ".join(word for voice in each.values() for word in talk_differs(voice, stored, slack))


def test_what_was_heard_as_it_is_stored_is_proved() -> None:
    assert told(call(*TALKED), {FIRST: spans((1.4, 9.3))}) == ""


@pytest.mark.parametrize(
    ("heard", "complaint"),
    [
        (spans((3.1, 9)), "2.10 s of talk are stored and were not heard"),
        (spans((1, 12)), "3.00 s were heard and are not stored"),
        ([], "8.00 s of talk are stored and were not heard"),
        (spans((11, 19)), "8.00 s were heard and are not stored"),
    ],
)
def test_a_talk_that_was_heard_otherwise_is_told_also_when_the_sums_are_equal(
    heard: list[Interval], complaint: str
) -> None:
    assert complaint in told(call(*TALKED), {FIRST: heard})


def test_a_talk_time_that_is_not_the_time_heard_is_told() -> None:
    assert "talk_s is 6.50 and 8.00 s were heard" in told(call(*TALKED, talk_s=6.5), {FIRST: spans((1, 9))})
    assert told(call(*TALKED, talk_s=7.2), {FIRST: spans((1, 9))}) == ""


def test_another_agents_voice_is_nobodys() -> None:
    assert "1600 Hz (nobody): 2.00 s were heard and are not stored" in told(
        call(*TALKED), {FIRST: spans((1, 9)), SECOND: spans((2, 4))}
    )


def test_a_second_of_a_phone_that_stood_still_is_allowed_it() -> None:
    late = {FIRST: spans((2.5, 9))}
    assert told(call(*TALKED), late) != ""
    assert told(call(*TALKED), late, slack=0.6) == ""


def test_held_and_in_another_bridge_is_no_talk() -> None:
    held = segment("caller", "held", 3, 5)
    assert told(call(*TALKED, held, talk_s=6.0), {FIRST: spans((1, 3), (5, 9))}) == ""
    assert told(call(*TALKED, held, talk_s=6.0), {FIRST: spans((1, 9))}) != ""
    apart = (segment("caller", "bridge", 1, 9), segment("agent", "bridge", 1, 9, "b2"))
    assert "8.00 s were heard" in told(call(*apart, talk_s=0), {FIRST: spans((1, 9))})


def test_who_is_muted_listens_and_his_talk_goes_on() -> None:
    gap = {FIRST: spans((1, 3), (6, 9))}
    assert told(call(*TALKED), gap) != ""
    assert told(call(*TALKED, segment("agent", "muted", 3, 6)), gap) == ""
    assert told(call(*TALKED), gap, mutes={"1001": spans((3, 6))}) == ""
    assert told(call(*TALKED), gap, mutes={"1002": spans((3, 6))}) != ""


def test_a_specialist_is_heard_beside_the_agent() -> None:
    stored = call(*TALKED, segment("specialist", "bridge", 4, 9), specialist=5.0)
    assert told(stored, {FIRST: spans((1, 9)), OTHER: spans((4.2, 9))}) == ""
    assert "700 Hz (specialist laodong)" in told(stored, {FIRST: spans((1, 9))})


def test_arrival_and_end_are_those_of_the_phone() -> None:
    made = PhoneCall(number="1", began=at(-1), answered=at(0.5), ended=at(9.5))
    assert moments_differ(made, call(*TALKED), 0) == []
    assert moments_differ(replace(made, answered=at(7)), call(*TALKED), 0) == ["arrived_at is 7.00 s off"]
    assert moments_differ(replace(made, ended=at(20)), call(*TALKED), 0) == ["the caller's leg ended 11.00 s off"]
    assert moments_differ(replace(made, ended=None), call(*TALKED), 0) == []
    died = call(*TALKED)
    died.row["outcome"] = "cut"
    assert moments_differ(replace(made, ended=at(60)), died, 0) == []


def test_the_calls_own_talk_time_is_that_of_its_segments() -> None:
    assert sums_differ(call(*TALKED)) == []
    assert sums_differ(call(*TALKED, talk_s=3)) == ["calls.talk_s is 3.00, its segments make 8.00"]


def test_a_call_has_what_was_heard_in_it_and_no_more() -> None:
    made = PhoneCall(number="1", began=at(2), answered=at(3), ended=at(5))
    assert within(made, spans((0, 3), (4, 9)), at(99)) == spans((2, 3), (4, 5))
    assert within(replace(made, ended=None), spans((0, 3)), at(2.5)) == spans((2, 2.5))


def test_a_board_that_shows_a_call_its_agent_and_its_end_in_time_is_right() -> None:
    stored = call(*TALKED)
    seen = Seen(at(0.2), at(9.3), {"1001": at(1.4)})
    assert shown_otherwise(seen, stored) == []
    assert shown_otherwise(replace(seen, first=at(8.5)), stored) == ["it came 8.5 s late"]
    assert shown_otherwise(replace(seen, gone=at(20)), stored) == ["it went 11.0 s late"]
    assert shown_otherwise(replace(seen, gone=None), stored) != []
    assert shown_otherwise(replace(seen, named={"1002": at(1)}), stored) == ["1001 talked 8.0 s and was never named"]
    assert shown_otherwise(replace(seen, named={"1001": at(9.9)}), stored) == ["1001 was named 8.9 s late"]
    assert shown_otherwise(None, stored) == ["it was never there"]


def test_a_board_is_kept_frame_by_frame() -> None:
    board = Board()
    up, down = {"cti": "up"}, {"cti": "down"}
    board.took({"type": "board", "system": up, "rows": {"calls": {"HC1": {"agent": ""}}}})
    began = datetime.now(UTC)
    board.took({"type": "changes", "rows": [["calls", "HC1", {"agent": "1001"}], ["agents", "1001", None]]})
    board.took({"type": "changes", "rows": [["calls", "HC2", {"agent": ""}], ["calls", "HC1", None]]})
    assert (board.living, set(board.calls["HC1"].named)) == ({"HC2"}, {"1001"})
    assert board.sees
    assert board.saw_all_of(began, datetime.now(UTC))
    board.took({"type": "system", "system": down})
    assert not board.sees
    assert not board.saw_all_of(began, datetime.now(UTC))
    board.took({"type": "board", "system": up, "rows": {"calls": {}}})
    assert board.living == set()
    assert not board.saw_all_of(began, datetime.now(UTC))


def desk(stored: StoredCall, *heard: tuple[float, float]) -> list[str]:
    there = at_desk("1001", [stored], [(at(begin).timestamp(), at(end).timestamp()) for begin, end in heard])
    return there.differs() if there else ["nothing"]


def test_a_desk_heard_its_callers_exactly_while_it_is_stored() -> None:
    assert desk(call(*TALKED), (1.3, 4), (4.1, 9)) == []
    assert "2.50 s of talk are stored and no caller was heard" in desk(call(*TALKED), (1, 4), (6.5, 9))[0]
    assert "callers were heard for 3.00 s" in desk(call(*TALKED), (1, 12))[0]
    assert "talk_s is 5.00 and 8.00 s were heard" in desk(call(*TALKED, talk_s=5), (1, 9))[0]
    assert desk(call(*TALKED, segment("caller", "muted", 3, 5), talk_s=6.0), (1, 3), (5, 9)) == []
    assert desk(call(*TALKED, agent="1002"), (1, 9)) == ["nothing"]


def test_a_specialists_own_phone_heard_the_caller_and_the_talk_is_of_anybody() -> None:
    there = segment("specialist", "bridge", 4, 9)
    three_way = {"leg": "specialist", "talked_s": 7.0}
    stored = replace(call(*TALKED, there, specialist=5.0), three_ways=[three_way])
    found = leg_of(PhoneCall(number="", began=at(0), answered=at(1.5)), [stored])
    assert found is not None
    assert found[1]["role"] == "specialist"

    def heard(**tones: list[Interval]) -> list[str]:
        voices = {CALLER_TONE: tones["caller"], FIRST: tones["agent"]}
        return outside_differs(*found, lambda tone: voices.get(tone, []), 0.0)

    assert heard(caller=spans((4, 9)), agent=spans((2, 9))) == []
    (late,) = heard(caller=spans((6, 9)), agent=spans((2, 9)))
    assert late.startswith("specialist laodong: 2.00 s of the caller are stored and were not heard")
    (short,) = heard(caller=spans((4, 9)), agent=spans((5, 9)))
    assert "2.00 s lie between talked_s 7.00 and what was heard" in short
    assert leg_of(PhoneCall(number="", began=at(0), answered=at(40)), [stored]) is None

"""Events of a call and tapes of its phones: whose leg sat where, and what one tells and the other does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cti.core.codec import encode
from cti.core.events import AgentAnswered, CallArrived, CallerHungUp, CallEvent
from cti.core.ids import AgentId, CallId, Channel, LegId, QueueName
from cti.core.leg_events import LegAnswered, LegFellSilent, LegJoinedBridge, LegMuted
from cti.core.ports import JournalEntry
from storage.talk import Interval
from tests.cti.fakes import PaperSeal
from tests.proof.phone_log import Tape
from tests.proof.spans import clock
from tests.proof.table_proof import Seats, hearing_differs, told_of

CALL = CallId("HCtest-1.1")
BEGUN = 1000.0
"""By the monotonic clock, in which phones tell their moments."""


@pytest.fixture(autouse=True)
def nothing_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.proof.table_proof.SHARED", 0.0)


def at(second: float) -> datetime:
    return clock(BEGUN + second)


def joined(leg: str, role: str, channel: str, second: float, bridge: str = "b1") -> CallEvent:
    return LegJoinedBridge(
        call_id=CALL, at=at(second), leg=LegId(leg), role=role, channel=Channel(channel), bridge=bridge
    )


STORY: tuple[CallEvent, ...] = (
    CallArrived(
        call_id=CALL, at=at(0), caller_channel=Channel("PJSIP/test-citizen-00000001"), caller_leg=LegId("c"),
        number="13800000001", name="", dialled="12345", diverted_from="", trunk="",
    ),
    AgentAnswered(
        call_id=CALL, at=at(2), agent=AgentId("1001"), leg=LegId("a"), channel=Channel("PJSIP/1001-00000002"),
        queue=QueueName("general"), waited_s=1.0,
    ),
    joined("c", "caller", "PJSIP/test-citizen-00000001", 2),
    joined("a", "agent", "PJSIP/1001-00000002", 2),
    LegAnswered(call_id=CALL, at=at(5), leg=LegId("s"), role="specialist", party="shebao"),
    joined("s", "specialist", "PJSIP/test-citizen-00000003", 6),
    LegMuted(call_id=CALL, leg=LegId("a"), at=at(8)),
    CallerHungUp(call_id=CALL, at=at(12), cause=16),
)  # fmt: skip


class Heard:
    """A tape on which voices were heard at these seconds."""

    slack = 0.0

    def __init__(self, **voices: tuple[float, float]) -> None:
        self._voices = {TONES[name]: (at(begin), at(end)) for name, (begin, end) in voices.items()}

    def heard(self, tone: float) -> list[Interval]:
        return [self._voices[tone]] if tone in self._voices else []


TONES = {"caller": 440.0, "agent": 1000.0, "specialist": 2000.0}
ANSWERED: list[dict[str, Any]] = [
    {"event": "ringing", "at": BEGUN + 4},
    {"event": "state", "state": "confirmed", "at": BEGUN + 5.2},
]


def rows(events: Sequence[CallEvent] = STORY) -> list[JournalEntry]:
    return [encode(event, PaperSeal()) for event in events]


def seats(**tapes: Heard) -> Seats:
    return Seats(tones=TONES, events={"specialist": ANSWERED, "caller": []}, tapes=cast("dict[str, Tape]", tapes))


AS_TOLD = {
    "caller": Heard(agent=(2.2, 8), specialist=(6.1, 12)),
    "agent": Heard(caller=(2, 12.3), specialist=(6, 13)),
    "specialist": Heard(caller=(6, 12), agent=(6.2, 8.4)),
}


def test_what_every_ear_heard_as_it_is_told_is_proved() -> None:
    assert hearing_differs(rows(), seats(**AS_TOLD), at(0), at(13)) == []


@pytest.mark.parametrize(
    ("ear", "tape", "complaint"),
    [
        ("caller", Heard(agent=(2, 12), specialist=(6, 12)), "caller ← agent: 4.00 s were heard and are not told"),
        ("caller", Heard(specialist=(6, 12)), "caller ← agent: 6.00 s are told and were not heard"),
        ("specialist", Heard(caller=(8, 12), agent=(6, 8)), "specialist ← caller: 2.00 s are told and were not heard"),
    ],
)
def test_an_ear_that_heard_otherwise_is_told(ear: str, tape: Heard, complaint: str) -> None:
    (found,) = hearing_differs(rows(), seats(**{**AS_TOLD, ear: tape}), at(0), at(13))
    assert found.startswith(complaint)


def test_a_phone_that_vanished_says_nothing_and_a_leg_that_no_phone_answered_is_nobodys() -> None:
    assert hearing_differs(rows(), seats(caller=AS_TOLD["caller"]), at(0), at(13)) == []
    nobody = Seats(tones=TONES, events={"specialist": []}, tapes={})
    assert set(told_of(rows(), nobody, at(13))) == {("caller", "agent"), ("agent", "caller")}


def test_of_a_dead_phone_no_ear_can_say_anything_until_a_new_one_is_there() -> None:
    gone = seats(caller=Heard(agent=(2, 4), specialist=(6, 12)))
    (found,) = hearing_differs(rows(), gone, at(0), at(13))
    assert found.startswith("caller ← agent: 4.00 s are told and were not heard")
    dead = replace(gone, dead={"agent": [(at(4), at(20))]})
    assert hearing_differs(rows(), dead, at(0), at(13)) == []
    known = rows([*STORY, LegFellSilent(call_id=CALL, at=at(8), leg=LegId("a"), silent_s=4.0)])
    assert hearing_differs(known, gone, at(0), at(13)) == []
    late = rows([*STORY, LegFellSilent(call_id=CALL, at=at(8), leg=LegId("a"), silent_s=1.0)])
    (found,) = hearing_differs(late, dead, at(0), at(13))
    assert found.startswith("caller ← agent: 3.00 s are told and were not heard"), "its silence has a time"
    back = replace(gone, dead={"agent": [(at(4), at(5))]})
    (found,) = hearing_differs(rows(), back, at(0), at(13))
    assert found.startswith("caller ← agent: 3.00 s are told and were not heard")


def test_a_row_of_an_agent_is_passed_over() -> None:
    strange = SimpleNamespace(kind="AgentWasStrange", at=datetime.now(UTC), call_id=None, agent_id="1001", body={})
    found = told_of([*rows(), cast("JournalEntry", strange)], seats(), at(13))
    ((begin, end),) = found["caller", "agent"]
    assert end - begin == pytest.approx(timedelta(seconds=6), abs=timedelta(milliseconds=10))


def test_while_a_phone_sends_keys_nobody_has_to_hear_its_voice() -> None:
    silent = seats(caller=Heard(agent=(2, 6.4), specialist=(6, 12)))
    (found,) = hearing_differs(rows(), silent, at(0), at(13))
    assert found.startswith("caller ← agent: 1.60 s are told and were not heard")
    keyed = [{"event": "pressed", "at": BEGUN + 6.4, "digits": "*110#"}]
    keying = replace(silent, events={**silent.events, "agent": keyed})
    assert hearing_differs(rows(), keying, at(0), at(13)) == []

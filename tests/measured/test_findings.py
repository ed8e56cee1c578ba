"""What counts as an answer, what as a gap, what as a lost segment; and what the book says of many."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from tests.measured import book, findings, on_file
from tests.measured.findings import KEPT, KEYS, LOST_LINE, NEXT, Agreed, Answer, Gap, Lifted
from tests.measured.moments import Conversation, conversations_of
from tests.measured.test_tracks import NEAR, tone
from tests.measured.track import Track


def test_a_phones_log_is_read_as_conversations_without_the_short_calls_beside_them() -> None:
    log = [
        {"event": "ringing", "at": 1.0, "busy": False},
        {"event": "state", "state": "connecting", "at": 2.0, "beside": False},
        {"event": "state", "state": "confirmed", "at": 2.1, "beside": False},
        {"event": "ringing", "at": 2.5, "busy": True},
        {"event": "dialled", "at": 3.0, "beside": True},
        {"event": "state", "state": "disconnected", "at": 3.5, "beside": True},
        {"event": "state", "state": "disconnected", "at": 4.0, "beside": False},
        {"event": "dialled", "at": 5.0, "beside": False},
    ]
    first, second = conversations_of(log)
    assert (first.way, first.answered, first.ended, second.answered) == ("came in", 2.0, 4.0, None)
    assert conversations_of(log, since=4.5) == [second]
    assert first.span(9.0) == (2.0, 4.0)
    assert second.span(9.0) is None


def test_who_presses_a_key_is_there_from_the_key_on_and_who_called_was_not_called() -> None:
    called = Conversation(1.0, "came in", 2.0, 9.0)
    assert findings.lifted_by("specialist", [called], [1.5, 4.0, 5.0]) == [Lifted("specialist", 4.0)]
    assert findings.lifted_by("agent", [called], []) == [Lifted("agent", 2.0)]
    assert findings.lifted_by("caller", [Conversation(1.0, "went out", 2.0)], []) == []


def test_an_answer_is_measured_for_every_pair_that_the_case_then_wants() -> None:
    agreed = [
        Agreed(1.0, {"caller": frozenset({"music"})}),
        Agreed(5.0, {"caller": frozenset({"agent", "specialist"}), "specialist": frozenset({"agent"})}),
    ]
    pairs = findings.pairs_after(Lifted("specialist", 2.0), agreed, 9.0)
    assert pairs == [("caller", "specialist"), ("specialist", "agent")]
    assert findings.pairs_after(Lifted("specialist", 6.0), agreed, 9.0) == []
    track = Track(tone(2000, (1.25, 4.0)), 0.0)
    heard = findings.answer(Lifted("specialist", 1.0), "caller", "specialist", 2000, track, None)
    assert heard.ms == pytest.approx(250, abs=NEAR * 1000)
    assert heard.wire_ms is None
    assert findings.answer(Lifted("specialist", 1.0), "caller", "specialist", 1900, track, track).ms is None


def test_a_gap_counts_where_somebody_was_to_be_heard_all_the_time() -> None:
    agent, both = frozenset({"agent"}), frozenset({"agent", "specialist"})
    assert findings.kind_of(both, agent, frozenset({"specialist"}), frozenset()) == KEPT
    assert findings.kind_of(frozenset({"music"}), agent, frozenset({"specialist"}), frozenset()) == KEPT
    assert findings.kind_of(agent, both, agent, frozenset()) == NEXT
    assert findings.kind_of(agent, both, agent, agent) == LOST_LINE
    assert findings.kind_of(agent, both, frozenset(), frozenset(), keying=agent) == KEYS
    assert findings.kind_of(both, both, frozenset(), frozenset(), keying=agent) == KEPT
    caller, asked = frozenset({"caller"}), frozenset({"three_way"})
    assert findings.kind_of(caller, frozenset({"specialist"}), frozenset(), frozenset(), asked) == NEXT
    came = frozenset({"specialist"})
    assert findings.kind_of(caller, came, frozenset(), frozenset(), asked, keying=came) == KEYS
    assert findings.kind_of(caller, frozenset({"music"}), frozenset(), frozenset(), asked) == KEPT
    assert findings.kind_of(caller, frozenset({"specialist"}), frozenset(), frozenset(), frozenset({"swap"})) == KEPT


def test_a_segment_that_a_recording_lacks_is_found_wherever_the_file_begins() -> None:
    heard = {"caller": [(10.0, 14.0), (20.0, 24.0)], "operator": [(15.0, 18.0), (26.0, 28.0)]}
    whole = {who: [(b - 7.3, e - 7.3) for b, e in spans] for who, spans in heard.items()}
    assert all(segment.missing < 0.01 for segment in on_file.compared(heard, whole))
    cut = {**whole, "operator": whole["operator"][1:]}
    lost = [segment for segment in on_file.compared(heard, cut) if segment.lost]
    assert [(segment.speaker, segment.span) for segment in lost] == [("operator", (15.0, 18.0))]
    assert all(segment.lost for segment in on_file.compared(heard, {}))
    late = {"caller": [(14.2, 16.7)], "operator": whole["operator"]}
    shortened = {s.span: s.missing for s in on_file.compared(heard, late) if s.speaker == "caller"}
    assert shortened[20.0, 24.0] == pytest.approx(4.0 - 2.5 - on_file.EDGE, abs=0.35)


def test_only_what_was_heard_in_the_conversation_and_long_enough_is_looked_for() -> None:
    voices = {"agent": [(0.0, 2.0), (4.0, 4.2), (5.0, 9.0)]}
    assert on_file.sought(voices, (1.0, 6.0)) == {"agent": [(1.0, 2.0), (5.0, 6.0)]}


def test_the_book_keeps_a_line_a_case_and_tells_each_that_says_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(book.FOLDER, str(tmp_path))
    monkeypatch.setattr(book, "_written", [])
    monkeypatch.setattr(book, "_lines", [])
    answers = [Answer("agent", "caller", "agent", ms, ms) for ms in (80, 120, 950)]
    gaps = [Gap("caller", kind, 400, ("agent",), ("agent",), ("hold",)) for kind in (KEPT, NEXT)]
    for each in answers:
        line = findings.line("case", 3.0, [each], gaps, segments=4, lost=[], slack_ms=0)
        book.keep(line, tmp_path / "elsewhere")
    lines = list(book.lines_in(tmp_path))
    assert len(lines) == 3
    assert lines[2]["answers"] == [asdict(answers[2])]
    said = "\n".join(book.told(lines))
    assert "n 3, median 120 ms, p95 950 ms, worst 950 ms, over 300 ms 1, over 900 ms 1" in said
    assert "agent answers, caller hears agent after 950 ms" in said
    assert "after 120 ms" not in said
    assert said.count("caller in silence 400 ms") == 3
    assert book.summary(lines)["answers"]["over_900"] == 1
    told: list[str] = []
    book.tell(told.append)
    book.tell(told.append)
    assert told[-1].startswith(f"kept in {tmp_path}")
    assert sum(each.startswith("kept in") for each in told) == 1

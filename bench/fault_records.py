"""The final record of every call in PostgreSQL against the phones' own logs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from bench.fault_people import Agents, Citizens, Placed, Talk
from hotline import secrets_store
from hotline.trial import Trial
from hotline.wiring.web import personal_fields
from storage.fields import Fields
from storage.recordings import RecordingFiles
from tests.stories.case_book import CaseBook

SLACK = 1.0
"""A record may differ from the phone by this many seconds."""
ONCE = ("CallArrived", "CallerHungUp")
WAV_HEADER = 44
FOUND_WITHIN = 60.0
Row = dict[str, Any]


class Records:
    """Asks PostgreSQL itself. Numbers are found by their hash, for nothing is stored in clear."""

    def __init__(self, trial: Trial) -> None:
        self.book = CaseBook(trial)
        self.fields: Fields = personal_fields(secrets_store.read(trial.settings), trial.settings.centre_id)
        self._home = trial.home

    def rows_of(self, table: str, numbers: Sequence[str]) -> dict[str, Row]:
        """Number → its one row of calls or callbacks; each number calls once."""
        hashes = {bytes.fromhex(self.fields.number_hash(number)): number for number in numbers}
        found = self.book.rows(f"SELECT * FROM {table} WHERE number_hash = ANY($1)", list(hashes))  # noqa: S608
        return {hashes[bytes(row["number_hash"])]: row for row in found}

    def drained(self, numbers: Sequence[str], seconds: float) -> dict[str, Row]:
        """The rows once each has ended, or what there is of them after `seconds`."""
        until = time.monotonic() + seconds
        while True:
            rows = self.rows_of("calls", numbers)
            if len(rows) == len(numbers) and all(row["ended_at"] for row in rows.values()):
                return rows
            if time.monotonic() > until:
                return rows
            time.sleep(0.5)

    def differences(self, citizens: Citizens, agents: Agents, seconds: float) -> list[str]:
        """Where the record of a call that nothing was to cut differs from what the phones saw."""
        placed = [each for each in citizens.placed if each.answered_at is not None]
        rows = self.drained([each.number for each in placed], seconds)
        talks = list(agents.talks())
        found: list[str] = []
        for each in placed:
            row = rows.get(each.number)
            wrong = ["no record"] if row is None else list(self._wrong(each, row, talks))
            found += [f"{each.number} (through {each.through_fault or 'no fault'}): {what}" for what in wrong]
        return found

    def _wrong(self, placed: Placed, row: Row, talks: Sequence[Talk]) -> Iterable[str]:
        mine = [talk for talk in talks if talk.call_id == row["call_id"]]
        yield from _off("ended_at", row["ended_at"], placed.over_at)
        yield from _off("arrived_at", row["arrived_at"], placed.answered_at)
        if row["ended_by"] != "caller":
            yield f"ended by {row['ended_by']}, not by the caller"
        outcome = "answered" if mine else "abandoned"
        if not str(row["outcome"]).startswith(outcome):
            yield f"outcome {row['outcome']}, the phones say {outcome}"
        if mine:
            yield from self._wrong_talk(placed, row, mine)
        kinds = self.book.events(row["call_id"])
        counts = {kind: kinds.count(kind) for kind in ONCE} | {"CallCut": kinds.count("CallCut")}
        if counts != {**dict.fromkeys(ONCE, 1), "CallCut": 0}:
            yield f"events {counts}"

    def _wrong_talk(self, placed: Placed, row: Row, mine: Sequence[Talk]) -> Iterable[str]:
        yield from _off("answered_at", row["answered_at"], mine[0].from_at)
        if row["agent_id"] != mine[-1].agent:
            yield f"agent {row['agent_id']}, the phones say {mine[-1].agent}"
        legs = self.book.rows(
            "SELECT * FROM call_legs WHERE call_id = $1 AND role = 'agent' AND answered_at IS NOT NULL"
            " ORDER BY answered_at",
            row["call_id"],
        )
        if [leg["party"] for leg in legs] != [talk.agent for talk in mine]:
            yield f"agents' legs {[leg['party'] for leg in legs]}, the phones say {[talk.agent for talk in mine]}"
            return
        for leg, talk in zip(legs, mine, strict=True):
            yield from _off(f"leg of {talk.agent} answered", leg["answered_at"], talk.from_at)
            yield from _off(f"leg of {talk.agent} ended", leg["to_at"], talk.over_at)
        talked = sum((talk.over_at or 0) - talk.from_at for talk in mine)
        if not placed.orders and abs(float(row["talk_s"]) - talked) > SLACK:
            yield f"talk_s {row['talk_s']:.2f}, the phones say {talked:.2f}"

    def unreadable(self, placed: Iterable[Placed], seconds: float = FOUND_WITHIN) -> list[str]:
        """Recordings of these calls that after `seconds` are missing, unfinished, or do not open as sound."""
        numbers = [one.number for one in placed if one.answered_at is not None]
        until = time.monotonic() + seconds
        while True:
            rows = self.rows_of("calls", numbers)
            faults = [fault for number in numbers for fault in self._unreadable(number, rows.get(number))]
            if not faults or time.monotonic() > until:
                return faults
            time.sleep(1)

    def _unreadable(self, number: str, row: Row | None) -> Iterable[str]:
        if row is None:
            yield f"{number}: no call"
            return
        kept = self.book.rows("SELECT * FROM recordings WHERE call_id = $1", row["call_id"])
        if not kept:
            yield f"{number}: no recording"
        for recording in kept:
            reason = _opens(RecordingFiles(self._home), recording, self.fields)
            if reason:
                yield f"{number}: {recording['role']} {recording['state']}: {reason}"


def _opens(files: RecordingFiles, recording: Row, fields: Fields) -> str:
    """Why a recording is not sound; empty when it is."""
    if recording["state"] != "closed" or not recording["uri"]:
        return f"fault {recording['fault']}"
    try:
        sound = files.sound(recording["uri"], fields)
        head = sound.bytes_at(0, WAV_HEADER)
    except (OSError, ValueError) as error:
        return type(error).__name__
    whole = head[:4] == b"RIFF" and int.from_bytes(head[40:44], "little") == sound.size - WAV_HEADER
    return "" if whole and sound.size > WAV_HEADER else f"{sound.size} bytes, header {head[:4]!r}"


def _off(what: str, recorded: Any, phone: float | None) -> Iterable[str]:
    if recorded is None or phone is None:
        if recorded is not phone:
            yield f"{what}: recorded {recorded}, the phone says {phone}"
        return
    apart = recorded.timestamp() - phone
    if abs(apart) > SLACK:
        yield f"{what}: {apart:+.2f} s from the phone's"

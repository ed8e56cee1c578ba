"""Recordings: a playable file with its checksum, whatever was cut off; nothing outside the folder."""

from __future__ import annotations

import array
import hashlib
import os
import time
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cti.core.ids import CallId, LegId
from storage.calls import CallStore, UnknownRecording
from storage.drain import Drainer
from storage.fields import Fields
from storage.journal import SqliteJournal
from storage.project import recording_id
from storage.recording_check import RecordingCheck
from storage.recordings import BadRecordingPath, RecordingFiles, RecordingMissing
from tests.conftest import CENTRE
from tests.storage.conftest import Stores
from tests.storage.stories import EPOCH, NOON, answered_call, call_id, entry

CALL, LEG = CallId(call_id()), LegId(f"demo-1-{EPOCH}.1")
PATH = f"2026/11/21/{CALL}.caller.sln"


@pytest.fixture
def files(tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(tmp_path)


def raw(home: Path, path: str = PATH, *, seconds: float = 2, torn: bool = False, age: float = 60) -> Path:
    """A raw recording as Asterisk leaves it: a saw tooth, maybe half a sample at its end."""
    file = home / "recordings" / "raw" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    sound = array.array("h", ((n * 37) % 4000 - 2000 for n in range(int(seconds * 8000)))).tobytes()
    file.write_bytes(sound + (b"x" if torn else b""))
    os.utime(file, (time.time() - age, time.time() - age))
    return file


async def test_a_raw_recording_becomes_a_wav_that_every_player_reads(files: RecordingFiles, tmp_path: Path) -> None:
    source = raw(tmp_path)
    sound = source.read_bytes()
    closed = await files.close(PATH, CALL, LEG, "caller")
    target = files.file(closed.uri)
    with wave.open(str(target)) as heard:
        assert heard.getparams()[:4] == (1, 2, 8000, 16000)
        assert heard.readframes(16000) == sound
    assert closed.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert (closed.bytes, closed.seconds) == (32044, 2.0)
    assert closed.uri == f"recordings/closed/2026/11/21/{CALL}.caller-{LEG}.wav"
    assert not source.exists()


async def test_closing_twice_tells_the_same(files: RecordingFiles, tmp_path: Path) -> None:
    raw(tmp_path)
    assert await files.close(PATH, CALL, LEG, "caller") == await files.close(PATH, CALL, LEG, "caller")


@pytest.mark.parametrize(("seconds", "frames"), [(1.5, 12000), (0, 0)])
async def test_a_recording_torn_in_the_middle_of_a_sample_is_whole_up_to_there(
    files: RecordingFiles, tmp_path: Path, seconds: float, frames: int
) -> None:
    raw(tmp_path, seconds=seconds, torn=True)
    closed = await files.close(PATH, CALL, LEG, "caller")
    with wave.open(str(files.file(closed.uri))) as heard:
        assert heard.getnframes() == frames


async def test_a_recording_that_was_never_written_is_told(files: RecordingFiles) -> None:
    with pytest.raises(RecordingMissing):
        await files.close(PATH, CALL, LEG, "caller")


@pytest.mark.parametrize("path", ["../../secrets/key", "/etc/passwd", "2026/../../../x.sln"])
async def test_a_path_never_leaves_the_folder(files: RecordingFiles, path: str) -> None:
    with pytest.raises((BadRecordingPath, RecordingMissing)):
        await files.close(path, CALL, LEG, "caller")
    with pytest.raises((BadRecordingPath, RecordingMissing)):
        files.file(path)
    with pytest.raises(BadRecordingPath):
        await files.close(PATH, CallId("../x"), LEG, "caller")


async def test_repair_closes_orphans_and_leaves_live_and_fresh_ones(files: RecordingFiles, tmp_path: Path) -> None:
    raw(tmp_path)
    raw(tmp_path, f"2026/11/21/{CALL}.agent-demo-1-{EPOCH}.9.sln", torn=True)
    live = raw(tmp_path, f"2026/11/21/{call_id(2)}.caller.sln")
    fresh = raw(tmp_path, f"2026/11/21/{call_id(3)}.caller.sln", age=0)
    strange = raw(tmp_path, "2026/11/21/notes.sln")
    repaired = await files.repair({call_id(2)})
    assert [(one.call_id, one.leg, one.role) for one in repaired] == [
        (CALL, f"demo-1-{EPOCH}.9", "agent"),
        (CALL, LEG, "caller"),
    ]
    assert all(one.closed.seconds == 2.0 for one in repaired)
    assert live.exists()
    assert fresh.exists()
    assert strange.exists()
    assert await files.repair({call_id(2), call_id(3)}) == []


async def test_when_sound_of_a_call_was_last_written_is_told_of_all_its_files_and_of_no_other(
    files: RecordingFiles, tmp_path: Path
) -> None:
    caller = raw(tmp_path, age=90)
    assert await files.last_written(CALL) == datetime.fromtimestamp(caller.stat().st_mtime, UTC)
    agent = raw(tmp_path, f"2026/11/21/{CALL}.agent-demo-1-{EPOCH}.9.sln", age=70)
    raw(tmp_path, f"2026/11/21/{CALL}2.caller.sln", age=10)
    assert await files.last_written(CALL) == datetime.fromtimestamp(agent.stat().st_mtime, UTC)
    for strange in (call_id(7), "HC*", "../raw/HC", ""):
        assert await files.last_written(CallId(strange)) is None


async def test_a_raw_file_that_could_not_be_removed_is_not_closed_again(files: RecordingFiles, tmp_path: Path) -> None:
    source = raw(tmp_path, torn=True)
    sound = source.read_bytes()
    await files.close(PATH, CALL, LEG, "caller")
    source.write_bytes(sound)
    os.utime(source, (time.time() - 60, time.time() - 60))
    assert await files.repair() == []
    assert not source.exists()


async def test_a_recording_that_is_gone_or_cut_short_is_flagged(
    files: RecordingFiles, tmp_path: Path, stores: Stores, database_url: str, fields: Fields
) -> None:
    journal = SqliteJournal(tmp_path / "journal.db", centre_id=CENTRE, node_id="demo-1")
    for n in (1, 2, 3):
        for one in answered_call(fields, n):
            await journal.append(one)
    for n in (1, 2):
        path = f"2026/11/21/{call_id(n)}.caller.sln"
        raw(tmp_path, path, seconds=77.4)
        leg = f"demo-1-{EPOCH}.{n}"
        closed = await files.close(path, CallId(call_id(n)), LegId(leg), "caller")
        body = {"uri": closed.uri, "sha256": closed.sha256, "bytes": closed.bytes}
        await journal.append(entry("RecordingClosed", 80, call=call_id(n), leg=leg, role="caller", **body))
        if n == 2:
            os.truncate(files.file(closed.uri), 1000)
    drainer = Drainer(journal, database_url)
    await drainer.drain()
    await drainer.close()
    await journal.close()
    now = NOON + timedelta(minutes=10)
    check = RecordingCheck(stores.database, files, centre_id=CENTRE)
    faults = {each.call_id: (each.state, each.fault) for each in await check.faults(now) if each.role == "caller"}
    assert faults == {call_id(2): ("damaged", "size"), call_id(3): ("missing", "gone")}
    assert await check.faults(now) == []
    calls = CallStore(stores.database, fields, centre_id=CENTRE)
    states = [(await calls.recording(recording_id(CENTRE, call_id(n), f"demo-1-{EPOCH}.{n}"))).state for n in (1, 2, 3)]
    assert states == ["closed", "damaged", "missing"]
    line = await calls.call(call_id(1))
    assert line is not None
    assert (line.number, line.name, line.recordings[0].agent_id) == ("13800006027", "张三", "1001")
    assert {one.call_id for one in await calls.calls_of_agent("1001")} == {call_id(n) for n in (1, 2, 3)}
    with pytest.raises(UnknownRecording):
        await calls.recording(recording_id(CENTRE, "HCx", "y"))

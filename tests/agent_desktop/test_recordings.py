"""Recordings: for those allowed, in ranges, from the folder of recordings only, each play audited."""

from __future__ import annotations

import io
import wave
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from storage.sealed_files import seal
from storage.tables import audit, calls, recordings
from storage.wav import wav_header
from tests.agent_desktop.conftest import House

CALL = "HCdemo-1-1795267200.9"
URI = f"recordings/closed/2026/11/21/{CALL}/caller-x.wav"
SOUND = bytes(range(256)) * 40


async def test_the_agent_of_the_call_hears_it_whole_and_in_ranges(house: House) -> None:
    path = f"/recordings/{await _recording(house)}"
    browser = await house.agent("1001")
    whole = await browser.get(path)
    assert (whole.status, whole.headers["Content-Type"]) == (200, "audio/wav")
    content = await whole.read()
    assert content.endswith(SOUND)
    part = await browser.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status, await part.read()) == (206, content[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(content)}"
    beyond = await browser.get(path, headers={"Range": f"bytes={len(content) + 1}-"})
    assert beyond.status == 416


async def test_a_supervisor_hears_it_another_agent_and_a_stranger_do_not(house: House) -> None:
    path = f"/recordings/{await _recording(house)}"
    assert (await (await house.agent("1005")).get(path)).status == 200
    refused = await (await house.agent("1002")).get(path)
    missing = await (await house.agent("1002")).get(f"/recordings/{uuid4()}")
    assert (refused.status, missing.status) == (404, 404)
    assert await refused.text() == await missing.text(), "a refusal does not tell that the recording exists"
    assert (await house.browser().get(path)).status == 401


async def test_each_play_leaves_one_audit_row_however_many_ranges(house: House) -> None:
    id_ = await _recording(house)
    browser = await house.agent("1001")
    for bounds in ("bytes=0-99", "bytes=100-199", "bytes=200-"):
        await browser.get(f"/recordings/{id_}", headers={"Range": bounds})
    assert await _plays(house) == [("1001", str(id_))]
    sly = await house.agent("1005")
    await sly.get(f"/recordings/{id_}", headers={"Range": "bytes=1-"})
    assert (await _plays(house))[-1] == ("1005", str(id_)), "starting in the middle is a play too"


async def test_no_audit_no_sound(house: House) -> None:
    id_ = await _recording(house)
    browser = await house.agent("1001")
    house.postgres.suspend()
    assert (await browser.get(f"/recordings/{id_}")).status == 503


async def test_a_path_outside_the_recordings_is_never_served(house: House) -> None:
    secret = house.home / "secrets" / "session"
    assert secret.exists()
    (house.home / "recordings/closed").mkdir(parents=True, exist_ok=True)
    link = house.home / "recordings/closed/link.wav"
    link.symlink_to(secret)
    for uri in ("secrets/session", "recordings/../secrets/session", "/etc/passwd", "recordings/closed/link.wav"):
        id_ = await _row(house, uri)
        assert (await (await house.agent("1001")).get(f"/recordings/{id_}")).status == 404, uri


async def test_names_that_are_no_ids_find_nothing(house: House) -> None:
    browser = await house.agent("1001")
    for name in ("..%2f..%2fsecrets%2fsession", "a%00b", "x" * 200, "%E5%BC%A0", "1 OR 1=1"):
        assert (await browser.get(f"/recordings/{name}")).status in {400, 404}, name


async def test_my_calls_show_the_number_masked_and_the_recording(house: House) -> None:
    id_ = await _recording(house)
    page = await (await (await house.agent("1001")).get("/desk/calls")).text()
    assert "138****6027" in page
    assert "13800006027" not in page
    assert f"/recordings/{id_}" in page
    other = await (await (await house.agent("1002")).get("/desk/calls")).text()
    assert str(id_) not in other


async def test_a_sealed_recording_is_heard_like_any_other_and_its_file_holds_no_sound(house: House) -> None:
    id_ = await _recording(house)
    browser = await house.agent("1001")
    clear = await (await browser.get(f"/recordings/{id_}")).read()
    sealed = seal(house.home / URI, URI, house.config.cases._fields)  # type: ignore[attr-defined]
    assert SOUND[:64] not in sealed.read_bytes()
    assert await (await browser.get(f"/recordings/{id_}")).read() == clear
    part = await browser.get(f"/recordings/{id_}", headers={"Range": "bytes=-100"})
    assert (part.status, await part.read()) == (206, clear[-100:])
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
    assert (await browser.get(f"/recordings/{uuid4()}")).status == 404


async def test_all_legs_of_a_call_are_heard_as_tracks_of_one_sound(house: House) -> None:
    await _recording(house)
    browser = await house.agent("1001")
    joined = await browser.get(f"/recordings/call/{CALL}")
    assert (joined.status, joined.headers["X-Hotline-Tracks"]) == (200, "caller")
    with wave.open(io.BytesIO(await joined.read())) as heard:
        assert (heard.getnchannels(), heard.readframes(10**6)) == (1, SOUND)
    assert await _plays(house) == [("1001", CALL)]
    assert (await (await house.agent("1005")).get(f"/recordings/call/{CALL}")).status == 200
    assert (await (await house.agent("1002")).get(f"/recordings/call/{CALL}")).status == 404
    assert (await browser.get("/recordings/call/HCdemo-1-1795267200.8")).status == 404
    assert (await browser.get("/recordings/call/..%2fx")).status in {400, 404}


async def _recording(house: House) -> UUID:
    file = house.home / URI
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(wav_header(len(SOUND)) + SOUND)
    fields = house.config.cases._fields  # type: ignore[attr-defined]
    key, sealed = fields.seal_bytes("13800006027")
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    async with house.database.begin() as session:
        await session.execute(
            insert(calls).values(
                centre_id=house.settings.centre_id,
                created_month=date(2026, 11, 1),
                call_id=CALL,
                node_id="demo-1",
                number_sealed=sealed,
                number_key=key,
                queue="general",
                agent_id="1001",
                arrived_at=now,
                ended_at=now,
                outcome="answered",
            )
        )
    return await _row(house, URI)


async def _row(house: House, uri: str) -> UUID:
    id_ = uuid4()
    async with house.database.begin() as session:
        await session.execute(
            insert(recordings).values(
                centre_id=house.settings.centre_id,
                created_month=date(2026, 11, 1),
                recording_id=id_,
                call_id=CALL,
                leg="x",
                role="caller",
                state="closed",
                uri=uri,
                seconds=1.0,
                started_at=datetime.now(UTC),
            )
        )
    return id_


async def _plays(house: House) -> list[tuple[str, str]]:
    question = select(audit.c.actor, audit.c.subject).where(audit.c.act == "recording_played")
    async with house.database.begin() as session:
        rows = await session.execute(question.order_by(audit.c.place))
        return [(row.actor, row.subject) for row in rows]

"""The end of a call that Asterisk took with it: by the last sign of it, also when nobody was there to notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cti.asterisk.translate import AmiTranslator
from cti.core.call import CallState
from cti.core.cut import ESTIMATED, MISSING, cut
from cti.core.events import AgentLeft, CallArrived, CallEvent, RecordingClosed, RecordingStarted
from cti.core.ids import AgentId, CallId, Channel, LegId
from cti.core.verdict import verdict
from tests.cti.calls import Line
from tests.cti.fakes import House, ListJournal, house
from tests.cti.test_desk_and_calls import at_work
from tests.cti.test_recovery import seen, show, talking

BEGUN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CALL, CALLER, AGENT = CallId("HCn-1795337000.1"), LegId("n-1795337000.1"), LegId("n-1795337002.2")


def at(seconds: float) -> datetime:
    return BEGUN + timedelta(seconds=seconds)


def told() -> list[CallEvent]:
    arrived = CallArrived(
        call_id=CALL, at=at(0), caller_channel=Channel("PJSIP/test-citizen-00000001"), caller_leg=CALLER,
        number="", name="", dialled="", diverted_from="", trunk="",
    )  # fmt: skip
    return [arrived, *(RecordingStarted(call_id=CALL, at=at(1), leg=leg, role=role, path=f"{leg}.sln")
                       for leg, role in ((CALLER, "caller"), (AGENT, "agent")))]  # fmt: skip


def closed(leg: LegId, seconds: float, when: float) -> RecordingClosed:
    return RecordingClosed(
        call_id=CALL, at=at(when), leg=leg, role="agent", uri="closed/x.wav", sha256="0" * 64, bytes=44, seconds=seconds
    )


@pytest.mark.parametrize(
    ("lost", "sound", "ended", "reason"),
    [
        (None, 30.0, 30.0, ESTIMATED),  # nobody was there: the last sound
        (None, None, 3600.0, MISSING),  # and none was kept: when it was found missing
        (31.0, 30.0, 31.0, MISSING),  # we were there, and noticed
        (31.0, 90.0, 90.0, ESTIMATED),  # AMI was cut alone, Asterisk died later
        (31.0, None, 31.0, MISSING),
        (None, 4000.0, 3600.0, MISSING),  # a file of tomorrow says nothing
        (None, 0.5, 1.0, ESTIMATED),  # never before what is known of it
    ],
)
def test_the_latest_sign_of_a_call_dates_its_end(
    lost: float | None, sound: float | None, ended: float, reason: str
) -> None:
    lost_at, sound_at = (None if each is None else at(each) for each in (lost, sound))
    found = cut(CALL, told(), now=at(3600), lost_at=lost_at, sound_at=sound_at, switch_since=None)
    assert (found.at, found.reason) == (at(ended), reason)


@pytest.mark.parametrize(
    ("lost", "since", "ended", "reason"),
    [
        (None, 600.0, 600.0, ESTIMATED),  # it died before that
        (None, -600.0, 3600.0, MISSING),  # the same Asterisk all the time
        (None, 4000.0, 3600.0, MISSING),  # a clock that was set
        (31.0, 600.0, 31.0, MISSING),
    ],
)
def test_a_call_without_any_sound_was_over_when_asterisk_was_started_anew(
    lost: float | None, since: float, ended: float, reason: str
) -> None:
    lost_at = None if lost is None else at(lost)
    found = cut(CALL, told(), now=at(3600), lost_at=lost_at, sound_at=None, switch_since=at(since))
    assert (found.at, found.reason) == (at(ended), reason)


def test_asterisk_says_on_each_log_in_how_long_it_has_been_up() -> None:
    translator, booted = AmiTranslator(), {"Event": "FullyBooted", "Status": "Fully Booted", "Uptime": "90"}
    assert translator.started_at(booted, at(100)) == at(10)
    for strange in ({"Uptime": "x"}, {"Uptime": ""}, {"Uptime": "9" * 30}, {"Event": "Hangup"}):
        assert translator.started_at(booted | strange, at(100)) is None


def test_a_recording_that_was_made_whole_already_dates_it_by_its_length_not_by_its_closing() -> None:
    events = [*told(), closed(CALLER, 41.5, 1800), closed(AGENT, 20, 1800)]
    found = cut(CALL, events, now=at(3600), lost_at=None, sound_at=None, switch_since=at(3000))
    assert (found.at, found.reason) == (at(42.5), ESTIMATED)


def test_a_call_whose_end_is_estimated_was_lost_all_the_same() -> None:
    ending = cut(CALL, told(), now=at(3600), lost_at=None, sound_at=at(30), switch_since=at(3000))
    assert verdict([*told(), ending]).outcome == "lost"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.engine.CUT_AFTER", 0.05)


async def talk(home: House, line: Line) -> None:
    await at_work(home)
    await home.hear(line.arrives(), line.joins(), line.rings(), line.answered(), *talking(line))


async def test_a_call_that_ended_while_cti_was_down_too_is_dated_by_its_recording() -> None:
    """Machine off for an hour: neither the agent's talk nor the call is an hour longer."""
    journal, line = ListJournal(), Line()
    async with house(journal=journal) as home:
        await talk(home, line)
        died = home.clock.at + timedelta(seconds=20)
    async with house(journal=journal) as home:
        home.recordings.written[line.call] = died
        home.clock.pass_(3600)
        await show(home, seen(home, generation=1))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, call.ended_at, call.end) == (CallState.ENDED, died, ESTIMATED)
        (left,) = [event for event in home.engine.stories[CallId(line.call)].events if isinstance(event, AgentLeft)]
        assert (left.agent, left.at) == (AgentId("1001"), died)


async def test_without_a_recording_it_is_dated_by_the_next_start_of_asterisk() -> None:
    journal, line = ListJournal(), Line()
    async with house(journal=journal) as home:
        await talk(home, line)
    async with house(journal=journal) as home:
        home.clock.pass_(3600)
        home.engine.on_message({"Event": "FullyBooted", "Status": "Fully Booted", "Uptime": "3000"})
        started = home.clock.at - timedelta(seconds=3000)
        await show(home, seen(home, generation=1))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert call.end == ESTIMATED
        assert call.ended_at == started


async def test_a_folder_that_cannot_be_read_keeps_no_call_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    journal, line = ListJournal(), Line()
    async with house(journal=journal) as home:
        await talk(home, line)
    async with house(journal=journal) as home:

        async def fails(_: str) -> datetime | None:
            raise PermissionError(13, "raw")

        monkeypatch.setattr(home.recordings, "last_written", fails)
        home.clock.pass_(60)
        await show(home, seen(home, generation=1))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, call.end) == (CallState.ENDED, MISSING)

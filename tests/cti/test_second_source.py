"""CEL beside the journal: what was missed is told from it, and where the two differ is found."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cti.asterisk import cel
from cti.core.agreement import differences
from cti.core.call import CallState
from cti.core.events import AgentAnswered, AgentLeft, CallerHungUp, CallEvent
from cti.core.hearing import heard, told_legs
from cti.core.ids import CallId
from cti.core.leg_events import LegHungUp, LegLeft, LegLeftBridge
from cti.core.second_source import missed
from cti.core.story import tell
from cti.core.verdict import Verdict, verdict
from hotline.cli import main
from hotline.phone.client import Phone
from hotline.runtime.agents_config import PHONE, Desk
from hotline.settings import Settings
from hotline.wiring import call_log
from hotline.wiring.call_log import CallLog
from storage.journal import SqliteJournal
from tests.cti.fakes import ListJournal
from tests.cti.test_on_asterisk import ME, PASSWORD, live, talking
from tests.faults.relay import relayed
from tests.telephony.asterisk_only import AsteriskOnly

CALL = CallId("HCdemo-1-1795318092.0")
FIXTURE = Path(__file__).parents[1] / "fixtures" / "cel" / "talk_and_room.cel"
"""A real one: menu, talk in the queue's bridge, hold and back in the room, the caller hangs up."""


def rows() -> list[cel.Row]:
    return list(cel.rows_of(FIXTURE.read_text("utf-8").splitlines()))


def events() -> tuple[CallEvent, ...]:
    (told,) = (cel.events_of(call_id, mine) for call_id, mine in cel.by_call(rows()).items())
    return told


def test_cel_alone_tells_who_was_there_who_talked_and_who_hung_up() -> None:
    (call_id,) = cel.by_call(rows())
    assert call_id == CALL
    assert [(leg.role, leg.channel) for leg in told_legs(events())] == [
        ("caller", "PJSIP/test-citizen-00000000"),
        ("agent", "PJSIP/1001-00000001"),
    ]
    assert verdict(events()) == Verdict(ended_by="caller", outcome="answered")
    assert len(heard(events())) == 4
    call = tell(events()).call
    assert call is not None
    assert (call.state, call.end) == (CallState.ENDED, "cause 16")


DESK, OTHER = ("demo-1-1795333786.3", "PJSIP/1001-00000003"), ("demo-1-1795333787.4", "PJSIP/test-citizen-00000004")
PLACED = CallId(f"HC{DESK[0]}")


def placed(*told: tuple[str, float, tuple[str, str]]) -> list[cel.Row]:
    """Rows of a call that a desk has placed: all of them carry its id, which is the desk's own leg's."""
    lines = [
        f'"{event}","{1795333786 + at}","{leg}","{DESK[0]}","{PLACED if leg != DESK[0] else ""}","{channel}","",""'
        for event, at, (leg, channel) in told
    ]
    return list(cel.rows_of(lines))


def test_a_number_that_a_desk_dialled_in_vain_is_no_call() -> None:
    found = placed(("ANSWER", 0.1, DESK), ("HANGUP", 4, OTHER), ("HANGUP", 4.1, DESK))
    assert {call_id: cel.events_of(call_id, mine) for call_id, mine in cel.by_call(found).items()} == {PLACED: ()}


def test_a_call_that_a_desk_has_placed_begins_with_the_answer_of_whom_it_called() -> None:
    talk = [("ANSWER", 0.1, DESK), ("ANSWER", 5, OTHER), ("HANGUP", 20, OTHER), ("HANGUP", 20.1, DESK)]
    mine = cel.by_call(placed(*talk))[PLACED]
    told = cel.events_of(PLACED, mine)
    assert [type(event).__name__ for event in told][:2] == ["CallArrived", "AgentAnswered"]
    call = tell(told).call
    assert call is not None
    assert (call.caller_leg, call.trunk, call.state) == (OTHER[0], "outbound", CallState.ENDED)
    assert [(leg.role, leg.channel) for leg in told_legs(told)] == [("caller", OTHER[1]), ("agent", DESK[1])]


def test_a_colleague_who_was_dialled_is_an_agent_and_a_supervisor_on_the_same_call_is_none() -> None:
    """The caller goes from 1001, whom the queue rang, to 1002 by a transfer; 9001 listens in."""
    caller, begun = "demo-1-1795333786.1", 1795333786
    legs = {"caller": (caller, "PJSIP/test-citizen-00000001", "Answer", "")}
    legs |= {"1001": ("demo-1-1795333787.2", "PJSIP/1001-00000002", "AppQueue", "")}
    legs |= {"1002": ("demo-1-1795333797.3", "PJSIP/1002-00000003", "AppDial", "")}
    legs |= {"9001": ("demo-1-1795333799.4", "PJSIP/9001-00000004", "AppDial", f"HC{caller}")}
    told = [("ANSWER", 0, "caller"), ("ANSWER", 2, "1001"), ("HANGUP", 10, "1001"), ("ANSWER", 11, "1002")]
    told += [("ANSWER", 14, "9001"), ("HANGUP", 18, "9001"), ("HANGUP", 20, "caller"), ("HANGUP", 20.1, "1002")]
    lines = []
    for event, at, who in told:
        leg, channel, application, account = legs[who]
        lines.append(f'"{event}","{begun + at}","{leg}","{caller}","{account}","{channel}","{application}",""')
    ((call_id, mine),) = cel.by_call(cel.rows_of(lines)).items()
    events = cel.events_of(call_id, mine)
    answers = [event.agent for event in events if isinstance(event, AgentAnswered)]
    assert answers == ["1001", "1002"]
    left = [(event.role, event.leg) for event in events if isinstance(event, LegLeft)]
    assert ("agent", legs["1002"][0]) in left
    assert ("centre", legs["9001"][0]) in left
    call = tell(events).call
    assert call is not None
    assert (call.answered_at, call.state) == (datetime.fromtimestamp(begun + 2, UTC), CallState.ENDED)


def test_a_line_that_a_crash_cut_short_spoils_no_other() -> None:
    whole = FIXTURE.read_text("utf-8").splitlines()
    broken = [*whole[:5], whole[5][:40], "\x00\x00", '"BRIDGE_ENTER","no time","1","1","","c","",""', *whole[6:]]
    assert len(list(cel.rows_of(broken))) == len(rows()) - 1


def test_the_same_call_told_twice_agrees_and_a_leg_that_lingers_does_not() -> None:
    assert differences(CALL, events(), events()) == []
    ends = CallerHungUp | LegLeftBridge | LegLeft | AgentLeft
    longer = [_later(event, 2.0) if isinstance(event, ends) else event for event in events()]
    found = differences(CALL, longer, events())
    assert [(each.what, each.who.split()[0]) for each in found] == [
        ("leg", "caller"),
        ("leg", "agent"),
        ("talk", "caller"),
    ]
    without = [event for event in events() if getattr(event, "leg", "") != "demo-1-1795318094.1"]
    (leg, *_) = differences(CALL, without, events())
    assert (leg.what, leg.journal_s) == ("leg", None)


def test_only_what_was_not_heard_is_told_again() -> None:
    told = events()
    assert missed(told, told) == []
    shifted = [_later(event, 0.004) for event in told]
    assert missed(told, shifted) == []
    cut_off = [event for event in told if not isinstance(event, CallerHungUp | AgentLeft | LegHungUp)]
    assert {type(event) for event in missed(cut_off, told)} == {CallerHungUp, AgentLeft, LegHungUp}
    assert missed((), told) == list(told)


def _later(event: CallEvent, seconds: float) -> CallEvent:
    return replace(event, at=event.at + timedelta(seconds=seconds))


def test_the_file_is_put_aside_when_it_has_grown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "calls.cel"
    path.write_bytes(FIXTURE.read_bytes())
    monkeypatch.setattr(call_log, "LARGEST", 100)
    asyncio.run(CallLog(path).trim())
    assert not path.exists()
    path.write_text('"CHAN_START","1795317999.1","demo-1-1.9","demo-1-1.9","","PJSIP/1001-1","",""\n', "utf-8")
    assert len(list(cel.rows_of(call_log.lines_of(path)))) == len(rows()) + 1


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskOnly]:
    with TemporaryDirectory(prefix="hl-cel-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        desk = Desk(agent=ME, extension=ME, name="王敏", password=PASSWORD, device=PHONE)
        home = Path(folder) / "home"
        with AsteriskOnly(home, desks=[desk], changes={"HOTLINE_ASSETS": f"{folder}/assets"}) as one:
            yield one


async def test_calls_that_end_or_come_and_go_while_ami_is_away_have_true_records(
    asterisk: AsteriskOnly, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first call's end and the whole second call are told by CEL; verify finds nothing to say."""
    monkeypatch.setenv("HOTLINE_HOME", str(asterisk.settings.home))
    monkeypatch.setattr("hotline.verify.SETTLED", timedelta())
    path = call_log.path_of(asterisk.settings)
    async with (
        relayed("127.0.0.1", asterisk.settings.port("ami")) as relay,
        live(relay.port, ListJournal(), CallLog(path)) as here,
        talking(asterisk, here) as (caller, _, call),
    ):
        relay.refuse = True
        relay.reset()
        await here.until(lambda: not here.events.up)
        await asyncio.to_thread(caller.hang_up)
        await asyncio.to_thread(asterisk.wait_idle)
        await asyncio.to_thread(_call_and_hang_up, asterisk, path)
        relay.refuse = False
        await here.until(lambda: here.journal.kinds.count("CallerHungUp") == 2, 20)
        assert "CallCut" not in here.journal.kinds
        stories = [story for story in here.engine.stories.values() if story.call]
        assert len(stories) == 2
        first = next(story for story in stories if story.call and story.call.id == call.id)
        assert verdict(first.events) == Verdict(ended_by="caller", outcome="answered")
        assert [type(event) for event in first.events].count(AgentAnswered) == 1
        told = {call_id: cel.events_of(call_id, mine) for call_id, mine in cel.by_call(_rows(path)).items()}
        for story in stories:
            assert story.call is not None
            assert differences(story.call.id, story.events, told[story.call.id]) == []
        await _write_journal(asterisk.settings, here.journal)
        assert await asyncio.to_thread(main, ["calls", "verify"]) == 0
        assert "2 个通话, 0 处不同" in capsys.readouterr().out
        (asterisk.settings.home / "journal/journal.db").unlink()
        await _write_journal(asterisk.settings, here.journal, without="CallerHungUp")
        assert await asyncio.to_thread(main, ["calls", "verify", "--json"]) == 1
        found = json.loads(capsys.readouterr().out.splitlines()[-1])["differences"]
        assert {each["what"] for each in found} == {"leg"}


async def _write_journal(settings: Settings, entries: ListJournal, without: str = "") -> None:
    (settings.home / "journal").mkdir(exist_ok=True)
    journal = SqliteJournal(settings.home / "journal/journal.db", centre_id="c", node_id="n")
    for entry in entries.entries:
        if entry.kind != without:
            await journal.append(entry)
    await journal.close()


def _call_and_hang_up(asterisk: AsteriskOnly, path: Path) -> None:
    """Another caller talks to the agent for a moment: cti is deaf, Asterisk connects them all the same."""
    talks = _entered(path)
    with Phone.of(asterisk.settings, 3) as second:
        second.call(asterisk.address(), number="13800000002")
        ends = time.monotonic() + 60
        while _entered(path) < talks + 2:
            assert time.monotonic() < ends
            time.sleep(0.1)
        second.hang_up()
        asterisk.wait_idle()


def _entered(path: Path) -> int:
    return sum(row.event == "BRIDGE_ENTER" for row in _rows(path))


def _rows(path: Path) -> list[cel.Row]:
    return list(cel.rows_of(call_log.lines_of(path)))

"""The record of an emergency is whole: what the operator's phone is told, his good-bye, and what only CEL has heard."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from cti.asterisk import cel
from cti.core.call import Call
from cti.core.codec import decode
from cti.core.emergency import Emergency, EmergencyState
from cti.core.ids import CallId
from cti.core.leg_events import EmergencyDescribed
from cti.core.story import tell
from hotline.phone.client import Phone
from hotline.wiring import call_log
from tests.cti.fakes import PaperSeal
from tests.patience import LONG
from tests.telephony.asterisk_only import AsteriskOnly
from tests.telephony.emergency_story import Story, by_keys, header, quick_to_ring_out, told
from tests.telephony.table import Table, laid, tables
from tests.telephony.test_emergency_control import on_duty, rings, state

SUMMARY, PLACE = "老人在家摔倒，无人应答", "示范区 人民路1号 东门"
INJECTED = "/var/tmp/hl-injected"
HOSTILE = 'a",b\\c(d)\r\nVia: evil ${SHELL(id)}; x=1 \x00\x1b\u2028\u202e火'


@pytest.fixture(scope="module")
def laid_table() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="hl-table-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield from tables(Path(folder), HOTLINE_EMERGENCY_RING_SECONDS="6")


@pytest.fixture
async def table(laid_table: Table) -> AsyncIterator[Table]:
    async with laid(laid_table) as here:
        yield here


def emergency_of(table: Table) -> Emergency:
    assert table.call.emergency is not None
    return table.call.emergency


async def rung(operator: Phone, before: int) -> list[str]:
    """The headers of the operator's next call."""
    waits = time.monotonic() + LONG
    while rings(operator) <= before:
        assert time.monotonic() < waits, operator.events[-3:]
        await asyncio.sleep(0.05)
    return [event for event in operator.events if event["event"] == "ringing"][-1]["headers"]


async def test_the_place_travels_along_and_the_operator_s_good_bye_is_told_and_one_key_calls_again(
    table: Table,
) -> None:
    operator = await on_duty(table, "operator", 200)
    await table.talks()
    words = {"summary": SUMMARY, "location": PLACE, "district": "02"}
    before = rings(operator)
    await table.does("emergency", service="110", **words)
    headers = await rung(operator, before)
    assert header(headers, "X-Hotline-Location") == PLACE
    assert header(headers, "X-Hotline-Summary") == SUMMARY
    await table.until(lambda: state(table) == "reached")
    await table.hear(caller="agent operator", agent="caller operator", operator="caller agent")
    operator.hang_up()
    await table.until(lambda: state(table) == "ended")
    over = emergency_of(table)
    assert (over.ended_by, over.service, over.leg in {leg.leg for leg in table.call.legs_of("emergency")}) == (
        "operator",
        "110",
        False,
    )
    assert over.reached_at is not None
    assert over.since is not None
    assert over.since > over.reached_at
    await table.hear(caller="agent", agent="caller")
    before = rings(operator)
    operator.when_called("ring")
    await table.does("emergency_again")
    again = await rung(operator, before)
    assert (header(again, "X-Hotline-Location"), header(again, "X-Hotline-Summary")) == (PLACE, SUMMARY)
    assert state(table) == "trying"
    await table.does("emergency_cancel")
    await table.until(lambda: state(table) == "cancelled")
    described = [decode(entry, PaperSeal()) for entry in table.journal.entries if entry.kind == "EmergencyDescribed"]
    assert [(each.summary, each.location) for each in described if isinstance(each, EmergencyDescribed)] == [
        (SUMMARY, PLACE)
    ] * 2


@pytest.mark.parametrize("words", [HOSTILE, "火" * 600, "x" * 600, "é" * 600, '"', "?:", "[", "%0d%0aVia: x"])
async def test_whatever_was_typed_one_well_formed_header_reaches_the_operator(table: Table, words: str) -> None:
    operator = await on_duty(table, "operator", 200)
    await table.talks()
    before = rings(operator)
    await table.does("emergency", service="110", summary=words, location=words)
    headers = await rung(operator, before)
    names = [line.split(":", 1)[0] for line in headers]
    for name, octets in (("X-Hotline-Summary", 300), ("X-Hotline-Location", 150)):
        assert names.count(name) == 1, headers
        said = header(headers, name)
        assert said
        assert "\ufffd" not in said, "never half a character"
        assert len(said.encode()) <= octets
        assert said.isprintable()
    assert names.count("Via") == 1
    await table.until(lambda: state(table) == "reached")
    operator.hang_up()
    await table.until(lambda: state(table) == "ended")


# ---- with nothing but Asterisk running


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[AsteriskOnly]:
    with quick_to_ring_out(place) as it:
        yield it


@pytest.fixture
def story(asterisk: AsteriskOnly, caller: Phone, desk: Phone, tmp_path: Path) -> Iterator[Story]:
    with told(asterisk, caller, desk, tmp_path) as it:
        yield it


def from_cel(story: Story) -> Call | None:
    """What only Asterisk's own log tells of the call."""
    rows = cel.rows_of(call_log.lines_of(call_log.path_of(story.asterisk.settings)))
    mine = cel.by_call(rows).get(CallId(story.call_id))
    return tell(cel.events_of(CallId(story.call_id), mine)).call if mine else None


def until_cel(story: Story, state: EmergencyState) -> Emergency:
    ends = time.monotonic() + LONG
    while True:
        call = from_cel(story)
        if call is not None and call.emergency is not None and call.emergency.state is state:
            return call.emergency
        assert time.monotonic() < ends, call and call.emergency
        time.sleep(0.1)


def test_a_press_without_cti_is_told_later_by_asterisk_s_own_log(story: Story) -> None:
    story.operator("operator", 486)
    second = story.operator("second")
    story.talk()
    by_keys(story)
    second.wait_state("confirmed", seconds=LONG)
    reached = until_cel(story, EmergencyState.REACHED)
    assert (reached.service, reached.trigger, reached.agent) == ("110", "dtmf", "1001")
    assert [each.reason for each in reached.tried] == ["busy"]
    assert reached.route == story.said("reached")["Route"]
    assert reached.leg == story.said("reached")["Leg"]
    second.hang_up()
    assert until_cel(story, EmergencyState.ENDED).ended_by == "operator"
    story.phones["caller"].hang_up()
    story.phones["agent"].wait_over(seconds=LONG)


def second_call(story: Story, **headers: str) -> None:
    """The page dials for itself, beside its talk, with what its form says."""
    line = f"sip:*110@127.0.0.1:{story.asterisk.settings.port('sip')}"
    said = {f"X-Hotline-{name}": words for name, words in headers.items()}
    story.phones["agent"].call(line, number="1001", line="registered", beside=True, headers=said)


def test_the_desk_s_own_second_call_carries_the_place_with_everything_else_down(story: Story) -> None:
    operator = story.operator("operator")
    story.talk()
    second_call(story, Summary=quote(SUMMARY), Location=quote("人民路1号"), District="02")
    rung = operator.wait("ringing", seconds=LONG)
    assert header(rung["headers"], "X-Hotline-Summary") == SUMMARY
    assert header(rung["headers"], "X-Hotline-Location") == "人民路1号"
    operator.wait_state("confirmed", seconds=LONG)


@pytest.mark.parametrize(
    "hostile",
    [
        f"a):System(touch {INJECTED}",
        "${SHELL(id)}",
        "%22%29",
        "a%0d%0aVia: x",
        "a b",
        'x",b',
        "%zz",
        "a" * 2500,
        "[[",
        "%2",
    ],
)
def test_a_softphone_s_hostile_words_are_not_taken_and_help_comes_all_the_same(story: Story, hostile: str) -> None:
    operator = story.operator("operator")
    story.talk()
    second_call(story, Summary=hostile, Location="人民路", District="02")
    rung = operator.wait("ringing", seconds=LONG)
    names = [line.split(":", 1)[0] for line in rung["headers"]]
    assert "X-Hotline-Location" not in names
    said = header(rung["headers"], "X-Hotline-Summary")
    assert re.fullmatch(r"[0-9A-Za-z ]{0,300}", said), "letters of it at most, and none that means anything"
    assert not Path(INJECTED).exists()
    assert names.count("Via") == 1
    operator.wait_state("confirmed", seconds=LONG)


def test_a_press_that_reaches_nobody_is_told_too_and_the_next_one_anew(story: Story) -> None:
    """No operator is there: both routes are dead."""
    story.talk()
    by_keys(story)
    failed = until_cel(story, EmergencyState.FAILED)
    assert {each.reason for each in failed.tried} == {"dead"}
    assert len(failed.tried) == 2
    story.said("failed", seconds=LONG)
    operator = story.operator("operator", "ring")
    by_keys(story)
    operator.wait("ringing", seconds=LONG)
    assert until_cel(story, EmergencyState.TRYING).tried == ()
    operator.answer()
    operator.wait_state("confirmed", seconds=LONG)
    assert until_cel(story, EmergencyState.REACHED).reached_at is not None

"""An emergency's record: what was sent along, every route, how long the operator was there, and whose right it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from cases.emergency import document
from cti.core import leg_events as words
from cti.core.events import CallCut, RecordingClosed, RecordingStarted
from cti.core.ports import JournalEntry
from storage.emergency_records import EmergencyStore, UnknownEmergency
from storage.fields import Fields
from storage.new_case import NewCase
from storage.party_rows import EmergencyRow
from storage.party_story import in_order, parties_of
from tests.conftest import CENTRE
from tests.storage.conftest import Stores, Tell
from tests.storage.party_stories import AGENT, KEYS, OPERATOR, arrives, row, said, shuffled
from tests.storage.stories import NOON, NUMBER, call_id
from tests.storage.test_parties import emergency, talk

SUMMARY, PLACE = "老人在家摔倒", "示范区 人民路1号"


def described(after: float, keys: Fields = KEYS, service: str = "110") -> JournalEntry:
    sent = {"district": "02", "summary": SUMMARY, "location": PLACE}
    return said(words.EmergencyDescribed, after, keys=keys, service=service, agent="1001", **sent)


def pressed(after: float, service: str = "110", trigger: str = "desk") -> JournalEntry:
    return said(words.EmergencyPressed, after, service=service, trigger=trigger, agent="1001")


def of(entries: list[JournalEntry]) -> list[EmergencyRow]:
    """The emergencies of a call in which this was told; without its beginning, of a usual talk."""
    begun = [] if any(each.kind == "CallArrived" for each in entries) else talk()
    return parties_of(in_order(row(each) for each in [*begun, *entries])).emergencies


def pressed_and_answered(keys: Fields = KEYS) -> list[JournalEntry]:
    """The story of the other tests, its caller sealed with these keys."""
    return [arrives(keys=keys), *(each for each in emergency() if each.kind != "CallArrived")]


def whole(keys: Fields = KEYS) -> list[JournalEntry]:
    """With the desk's words and the operator's own good-bye."""
    hung_up = said(words.LegHungUp, 90.1, leg=OPERATOR, role="emergency")
    return [*pressed_and_answered(keys), described(37.9, keys), hung_up]


def opened(each: EmergencyRow, name: str, keys: Fields = KEYS) -> str:
    sealed = getattr(each, f"{name}_sealed")
    return keys.open_bytes(getattr(each, f"{name}_key"), sealed) if sealed else ""


# ---- out of the events alone


@pytest.mark.parametrize("after", [19.8, 20.4])
def test_the_desk_s_words_belong_to_its_press_whichever_is_told_first(after: float) -> None:
    (one,) = of([pressed(20), described(after)])
    assert (opened(one, "summary"), opened(one, "location"), one.district) == (SUMMARY, PLACE, "02")
    assert one.summary_sealed is not None
    assert SUMMARY.encode() not in one.summary_sealed


def test_words_of_another_service_or_of_long_ago_belong_to_nobody() -> None:
    rows = of([described(10, service="119"), pressed(20), described(11), pressed(60, trigger="dtmf")])
    assert [opened(each, "summary") for each in rows] == [SUMMARY, ""]
    rows = of([described(10), pressed(60)])
    assert opened(rows[0], "summary") == ""


def test_every_route_has_its_times_and_its_result_and_the_operator_his_stay() -> None:
    (one,) = of(whole())
    first, second = json.loads(one.tried)
    assert (first["route"], first["reason"], second["route"], second["reason"]) == ("first", "busy", "second", "")
    assert first["at"] < first["until"] < second["at"] < second["until"]
    assert second["until"] == (NOON + timedelta(seconds=45)).isoformat()
    assert (one.ended_at, one.ended_by) == (NOON + timedelta(seconds=90.2), "operator")


def test_a_leg_that_ended_without_a_good_bye_and_a_crash_are_the_system_s() -> None:
    (lost,) = of(emergency())
    assert lost.ended_by == "system"
    reached = [pressed(20), said(words.EmergencyReached, 25, service="110", route="first", leg=OPERATOR)]
    (cut,) = of([*reached, said(CallCut, 30, reason="asterisk restarted")])
    assert (cut.outcome, cut.ended_by, cut.ended_at) == ("reached", "system", NOON + timedelta(seconds=30))
    (ringing,) = of([pressed(20), said(CallCut, 30, reason="asterisk restarted")])
    assert (ringing.outcome, ringing.ended_by) == ("lost", "system")


def test_a_press_after_the_operator_left_is_another_one_also_when_it_was_not_heard() -> None:
    again = said(words.EmergencyRouteTried, 95, service="110", route="first")
    first, second = of([*whole(), again])
    assert (first.outcome, second.outcome, second.trigger) == ("reached", None, "unknown")
    assert second.pressed_at == NOON + timedelta(seconds=95)


def test_an_operator_who_answers_one_that_was_given_up_was_reached() -> None:
    answered = said(words.EmergencyReached, 29, service="110", route="first", leg=OPERATOR)
    over = said(words.LegLeft, 40, leg=OPERATOR, role="emergency", cause=16)
    cancelled = said(words.EmergencyCancelled, 28, service="110", agent="1001")
    (one,) = of([pressed(20), cancelled, answered, over])
    assert (one.outcome, one.ended_at) == ("reached", NOON + timedelta(seconds=40))
    (called_off,) = of([pressed(20), cancelled])
    assert (called_off.outcome, called_off.ended_by) == ("cancelled", "agent")


@pytest.mark.parametrize("seed", range(10))
def test_the_record_is_the_same_in_whatever_order_it_is_told(seed: int) -> None:
    told = whole()
    assert of(shuffled([*told, *told[:4]], seed)) == of(told)


# ---- in the store


@pytest.fixture
def records(stores: Stores, fields: Fields) -> EmergencyStore:
    return EmergencyStore(stores.database, fields, centre_id=CENTRE)


async def test_a_record_has_the_caller_the_case_the_operator_and_the_recordings(
    tell: Tell, stores: Stores, records: EmergencyStore, taken: Callable[..., NewCase], fields: Fields
) -> None:
    heard = {"leg": AGENT, "role": "agent"}
    tape = [
        said(RecordingStarted, 11, path="a.sln", **heard),
        said(RecordingClosed, 100, uri="recordings/a.wav", sha256="0" * 64, bytes=44, seconds=89.0, **heard),
    ]
    case = await stores.cases.save(taken(call_id=call_id(), text="楼上漏水\n很急", place="解放路2号"))
    await tell([*whole(fields), *tape])
    record = await records.record(f"{call_id()}:1")
    assert (record.service, record.how, record.pressed_by, record.number) == ("110", "dtmf", "1001", NUMBER)
    assert (record.location, record.location_from, record.summary, record.summary_from) == (
        PLACE,
        "desk",
        SUMMARY,
        "desk",
    )
    assert [(each.case_id, each.number) for each in record.cases] == [(str(case.case_id), case.number)]
    assert [(each.route, each.result) for each in record.routes] == [("first", "busy"), ("second", "answered")]
    assert (record.operator_s, record.ended_by) == (45.2, "operator")
    assert record.caller_left_at == NOON + timedelta(seconds=60)
    assert record.agent_left_at == NOON + timedelta(seconds=90)
    assert [(each.role, each.party, each.state) for each in record.recordings] == [("agent", "1001", "closed")]
    told = document(record)
    assert NUMBER not in json.dumps(told)
    assert document(record, clear=True)["caller"] == {"number": NUMBER, "clear": True}


async def test_what_no_desk_sent_is_told_by_the_case(
    tell: Tell, stores: Stores, records: EmergencyStore, taken: Callable[..., NewCase], fields: Fields
) -> None:
    await tell(pressed_and_answered(fields))
    before = await records.record(f"{call_id()}:1")
    assert (before.location, before.summary, before.cases) == ("", "", ())
    await stores.cases.save(taken(call_id=call_id(), text="楼上漏水\n很急", place="解放路2号", confidential=True))
    record = await records.record(f"{call_id()}:1")
    assert (record.location, record.location_from) == ("解放路2号", "case")
    assert (record.summary, record.summary_from, record.district) == ("楼上漏水 很急", "case", "02")
    assert record.confidential


async def test_the_list_tells_of_what_was_pressed_or_has_changed_since(
    tell: Tell, records: EmergencyStore, fields: Fields
) -> None:
    await tell(whole(fields))
    assert [each.id for each in await records.since(NOON, 10)] == [f"{call_id()}:1"]
    after_the_press = NOON + timedelta(seconds=80)
    assert [each.outcome for each in await records.since(after_the_press, 10)] == ["reached"], "it ended since"
    assert await records.since(NOON + timedelta(seconds=91), 10) == []
    assert await records.since(NOON, 10, pressed_by="1002") == []
    assert len(await records.since(NOON, 10, pressed_by="1001")) == 1


@pytest.mark.parametrize("unknown", ["", ":", "HCdemo-1-1.1:0", "HCdemo-1-1.1:1", "x" * 200, "HC' OR 1=1--:1", "a:1\n"])
async def test_nobody_else_s_name_finds_anything(records: EmergencyStore, unknown: str) -> None:
    with pytest.raises(UnknownEmergency):
        await records.record(unknown)

"""What a specialist is told of the very call: words of fixed lists for his ear, free text for the sealed record."""

from __future__ import annotations

from typing import Any

import pytest

from cti.asterisk.actions import action_of
from cti.core.leg_events import SpecialistAsked
from cti.core.refusals import BadCommand, NotYourCall
from cti.core.room_commands import AskThird, SendToEntry
from cti.desk_commands import DeskCommands
from hotline import about, directory
from ivr.prompts import speak
from tests.cti.calls import Line
from tests.cti.fakes import House, house
from tests.cti.test_desk_and_calls import ME, at_work

ABOUT = {"case_kind": "complaint", "class_code": "010101", "summary": "张三家停水三天"}


async def talking(home: House) -> tuple[DeskCommands, Line]:
    await at_work(home)
    line = Line()
    await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
    return DeskCommands(home.engine, directory.load(directory.SHIPPED), spoken=about.spoken()), line


@pytest.fixture(autouse=True)
def nobody_answers_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no switch that would say what became of it."""
    monkeypatch.setattr("cti.call_guards.SEEN_WITHIN", 0.05)


async def asked(home: House, commands: DeskCommands, line: Line, **args: Any) -> str:
    """The extension to which the caller is redirected."""
    await commands.carry_out(ME, "three_way", {"call_id": line.call, "entry": "shebao", **args})
    (command,) = home.switch.of(AskThird)
    return action_of(command)["Exten"]


async def test_type_and_class_choose_the_sentence_and_the_text_stays_in_the_sealed_record() -> None:
    async with house() as home:
        commands, line = await talking(home)
        assert await asked(home, commands, line, **ABOUT) == "shebao*complaint*010101"
        assert "停水" not in str([action_of(command) for command in home.switch.of(AskThird)])
        (entry,) = [each for each in home.journal.entries if each.kind == "SpecialistAsked"]
        assert (entry.body["kind"], entry.body["class_code"]) == ("complaint", "010101")
        assert entry.body["summary"] == {"k": "paper", "c": ABOUT["summary"][::-1]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "shebao"),
        ({"case_kind": "complaint"}, "shebao"),
        ({"class_code": "999999", "case_kind": "complaint"}, "shebao"),
        ({"class_code": "010101"}, "shebao*any*010101"),
        ({"class_code": "010101", "case_kind": "shouting"}, "shebao*any*010101"),
    ],
)
async def test_without_a_class_that_was_recorded_the_entry_speaks_for_itself(given: dict[str, str], said: str) -> None:
    async with house() as home:
        commands, line = await talking(home)
        assert await asked(home, commands, line, **given) == said


@pytest.mark.parametrize(
    "hostile",
    [
        {"class_code": "01&../x"},
        {"class_code": "010101\r\nAction: Originate"},
        {"case_kind": "a/../../b"},
        {"summary": "a\x00b"},
        {"summary": "字" * 201},
        {"summary": ["a"]},
    ],
)
async def test_what_could_become_a_path_or_protocol_asks_nobody(hostile: dict[str, Any]) -> None:
    async with house() as home:
        commands, line = await talking(home)
        with pytest.raises(BadCommand):
            await commands.carry_out(ME, "three_way", {"call_id": line.call, "entry": "shebao", **hostile})
        assert home.switch.of(AskThird) == []


async def test_a_caller_who_is_sent_to_a_specialist_is_announced_by_his_matter_too() -> None:
    async with house() as home:
        commands, line = await talking(home)
        sent = {"call_id": line.call, "kind": "specialist", "target": "shebao", "warm": False, **ABOUT}
        await commands.carry_out(ME, "transfer", sent)
        (command,) = home.switch.of(SendToEntry)
        assert action_of(command)["Exten"] == "shebao**complaint*010101"


def test_there_is_a_sentence_that_can_be_spoken_for_each_type_and_class() -> None:
    said, spoken = about.sentences(), about.spoken()
    assert {f"about/kind_{kind}" for kind in (*spoken.kinds, "any")} <= said.keys()
    assert {f"about/class_{code}" for code in spoken.classes} <= said.keys()
    whole = said["about/kind_complaint"] + said["about/class_010101"]
    assert whole == "市民来电投诉，供水方面的停水问题，坐席正在线上。"
    for sentence in said.values():
        assert speak.spoken(sentence)


async def test_whether_it_was_solved_may_be_said_again_when_the_call_is_long_forgotten() -> None:
    async with house() as home:
        commands, line = await talking(home)
        await asked(home, commands, line)
        await home.hear(line.told("HotlineSpecialist", State="failed", Entry="shebao", Reason="busy"), line.gone())
        said = {"call_id": line.call, "entry": "shebao"}
        await commands.carry_out(ME, "solved", {**said, "solved": False})
        home.engine.stories.clear()
        await commands.carry_out(ME, "solved", {**said, "solved": True})
        with pytest.raises(NotYourCall):
            await commands.carry_out("1002", "solved", {**said, "solved": False})
        told = [entry.body["solved"] for entry in home.journal.entries if entry.kind == "SpecialistSolved"]
        assert told == [False, True]


def test_the_record_of_an_older_journal_has_no_words() -> None:
    fields = {"entry": "tax", "department": "税务局", "agent": ME, "numbers": 1}
    event = SpecialistAsked(call_id="HC1", at=None, **fields)  # type: ignore[arg-type]
    assert (event.kind, event.class_code, event.summary) == ("", "", "")

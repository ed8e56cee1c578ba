"""What a hostile caller writes into a row of a list changes nothing of what it says, and is no event."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cti.asterisk.layout import BEHIND, ROW_END, ROW_TAIL, VARIABLES, NoSuchBlock, read
from cti.asterisk.message import CALL_ID, Message
from cti.asterisk.rows import Rows
from cti.asterisk.snapshot import take
from cti.core.snapshot import Snapshot
from tests.cti.ami_peer import AmiPeer, peer, session
from tests.cti.blocks import begin, cut_up, end, entry, row, seat
from tests.cti.fakes import START
from tests.hostile.values import MATRIX, Hostile

VICTIM = "HCdemo-1-1795000000.1"
ASKED = "action/7d3c/1/4"
WANTED = frozenset({b"Hangup", b"UserEvent", b"Mark", b"CoreShowChannel", b"QueueCallerAbandon"})
LAST = (*BEHIND, *VARIABLES, *ROW_TAIL, *ROW_END)
FORGED = {
    "a header": f"1\r\nChanVariable: HOTLINE_CALL_ID={VICTIM}",
    "another call's header": f"1\r\nDestChanVariable: HOTLINE_CALL_ID={VICTIM}",
    "another leg": "1\r\nUniqueid: demo-1-1795000000.1",
    "a place": "1\r\nContext: hl-hold\r\nExten: s",
    "an end": "1\r\nBridgeId: \r\n\r\n",
    "an event": f"1\r\n\r\nEvent: Hangup\r\nChanVariable: HOTLINE_CALL_ID={VICTIM}",
    "an event in the end": "1\r\nDuration:\r\nBridgeId:\r\n\r\nEvent: Hangup\r\nUniqueid: demo-1-17",
    "a leg in the end": "1\r\nPriority:\r\nUniqueid: demo-1-1795000000.1\r\nLinkedid: x",
    "whole events": "1\r\n\r\nEvent: Mark\r\n\r\nEvent: Mark\r\n\r\nEvent: Mark\r\n\r\nEvent: Mark",
    "a row": "1\r\n\r\nEvent: CoreShowChannel\r\nActionID: \r\nBridgeId: \r\n\r\n",
    "an entry": "1\r\nWait: 1\r\nPriority: 9\r\nActionID: x\r\n\r\nEvent: QueueEntry\r\nQueue: hl-x",
    "a seat": "1\r\nMuted: No\r\n\r\nEvent: ConfbridgeList\r\nActionID: x\r\nMuted: Yes\r\nUniqueid: 1",
    "most of an end": "\r\n".join(f"{name}:" for name in LAST[1:]) + "\r\n\r\n",
    "an end so short that no text is": "\r\n".join(f"{name}:" for name in LAST) + "\r\n\r\nEvent: Mark",
}
NUMBERS = [1_000, pytest.param(MATRIX, marks=pytest.mark.matrix)]


def through(stream: bytes, asked: str = ASKED) -> list[bytes]:
    """The blocks of a list of ours, made whole; its first answer and its last word are left out."""
    rows = Rows(lambda action_id: action_id == asked)
    found = [rows.take(block) for block in cut_up(begin(asked) + stream + end("ListComplete", asked))]
    assert found[-1] is not None, "the list's own end was taken for a piece of a row"
    return [block for block in found[1:-1] if block is not None]


def told(block: bytes) -> Message:
    return read(block, lambda action_id: action_id == ASKED)[0]


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("place", ["number", "connected", "dialled"])
def test_a_text_of_a_caller_leaves_the_row_what_it_was(place: str, forged: str) -> None:
    (found,) = through(row(ASKED, call="HCown", **{place: forged}))
    plain, message = told(row(ASKED, call="HCown")), told(found)
    for name in ("Event", "ActionID", "Channel", "ChannelStateDesc", "Uniqueid", CALL_ID, "Duration", "BridgeId"):
        assert message[name] == plain[name], name
    if place != "dialled":
        assert message["Context"] == plain["Context"]
    assert message.keys() <= plain.keys()


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_what_an_application_was_given_says_nothing_of_the_leg_and_is_no_event(forged: str) -> None:
    """`Set(HL_NAME=…)` is given a name as it was sent."""
    first, *pieces = through(row(ASKED, call="HCown", application=forged))
    message, plain = told(first), told(row(ASKED, call="HCown"))
    for name in ("Event", "ActionID", "Channel", "ChannelStateDesc", "Uniqueid", CALL_ID, "Context"):
        assert message[name] == plain[name], name
    for piece in pieces:
        if not piece.startswith(b"Event: Mark"):  # the peer of these tests alone knows it
            with pytest.raises(NoSuchBlock):
                told(piece)


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("place", ["number", "name", "connected"])
def test_a_text_of_a_waiting_caller_leaves_his_place_in_the_queue_what_it_was(place: str, forged: str) -> None:
    (torn, next_one) = through(entry(ASKED, **{place: forged}) + entry(ASKED, "3"))
    plain, message = told(entry(ASKED)), told(torn)
    for name in ("Event", "Queue", "Position", "Channel", "Uniqueid", "Wait", "Priority", "ActionID"):
        assert message[name] == plain[name], name
    assert (told(next_one)["Uniqueid"], told(next_one)["Position"]) == ("demo-1-1795000003.1", "3")


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("place", ["number", "connected", "dialled"])
def test_a_text_of_one_in_a_room_mutes_nobody(place: str, forged: str) -> None:
    (torn, next_one) = through(seat(ASKED, **{place: forged}) + seat(ASKED, "3"))
    assert [(told(each)["Uniqueid"], told(each)["Muted"], told(each)[CALL_ID]) for each in (torn, next_one)] == [
        ("demo-1-1795000002.1", "Yes", "HCown"), ("demo-1-1795000003.1", "No", "HCown"),
    ]  # fmt: skip


def test_what_a_caller_doubled_is_named_and_a_clean_row_names_nothing() -> None:
    ours = ASKED.__eq__
    for clean in (row(ASKED, call="HCown"), seat(ASKED), entry(ASKED)):
        assert read(*cut_up(clean), ours)[1] == []
    assert read(*cut_up(row(ASKED, number="1\r\nCallerIDNum: 110")), ours)[1] == ["CallerIDNum"]
    assert told(row(ASKED, number="1\r\nCallerIDNum: 110"))["CallerIDNum"] == "1"


def test_a_row_of_a_list_that_nobody_asked_for_is_none() -> None:
    for forged in (row("guessed"), seat("guessed"), entry("guessed")):
        with pytest.raises(NoSuchBlock):
            told(*cut_up(forged))


def test_rows_and_events_around_a_torn_row_are_as_they_were() -> None:
    before, after = b"Event: Mark\r\nN: 1", b"Event: Mark\r\nN: 2"
    torn = row(ASKED, number=FORGED["an event"])
    stream = before + b"\r\n\r\n" + row(ASKED) + torn + row(ASKED, "3", "HCx") + after + b"\r\n\r\n"
    found = through(stream)
    assert (found[0], found[-1]) == (before, after)
    assert [told(each)["Uniqueid"] for each in found[1:-1]] == [f"demo-1-179500000{n}.1" for n in (2, 2, 3)]


@pytest.mark.parametrize("make", [row, seat, entry])
def test_a_row_that_never_ends_swallows_no_more_than_its_list(make: Callable[[str], bytes]) -> None:
    cut = make(ASKED).split(b"ConnectedLineNum")[0] + b"\r\n"
    rows = Rows(ASKED.__eq__)
    stream = begin(ASKED) + cut + b"Event: Hangup\r\n\r\n" + end("ListComplete", ASKED) + b"Event: Mark\r\n\r\n"
    found = [block for block in map(rows.take, cut_up(stream)) if block is not None]
    assert [block.split(b"\r\n")[0] for block in found[1:]] == [b"Event: ListComplete", b"Event: Mark"]


@pytest.mark.parametrize("make", [row, seat, entry])
def test_outside_a_list_no_text_can_begin_one_and_swallow_what_follows(make: Callable[[str], bytes]) -> None:
    rows = Rows(ASKED.__eq__)
    forged = make("guessed").split(b"ConnectedLineNum")[0] + b"\r\n"
    found = [rows.take(block) for block in cut_up(begin("guessed") + forged + b"Event: Mark\r\n\r\n")]
    assert found[-1] == b"Event: Mark"


def test_a_list_that_nobody_waits_for_any_more_ends_like_another() -> None:
    waiting = {ASKED}
    rows = Rows(lambda action_id: action_id in waiting)
    rows.take(*cut_up(begin(ASKED)))
    waiting.clear()
    torn = row(ASKED, number=FORGED["an event"])
    found = [block for block in map(rows.take, cut_up(torn + end("ListComplete", ASKED))) if block is not None]
    assert len(found) == 2
    assert rows.listed == ""


@pytest.mark.parametrize("number", NUMBERS)
def test_no_text_of_any_kind_makes_two_blocks_of_one_row_or_another_call_of_it(number: int) -> None:
    hostile = Hostile()
    for _ in range(number):
        near = hostile.dice.choice([*FORGED.values(), "13800000001"])
        texts = {place: hostile.chosen(near) for place in ("number", "connected", "dialled", "name")}
        (found,) = through(row(ASKED, call="HCown", **texts))
        message = told(found)
        assert (message[CALL_ID], message["Uniqueid"]) == ("HCown", "demo-1-1795000002.1"), texts
        assert message["Channel"] == "PJSIP/test-citizen-00000002"


@pytest.mark.parametrize("number", NUMBERS)
def test_no_text_of_any_kind_moves_a_waiting_caller_or_mutes_one_in_a_room(number: int) -> None:
    hostile = Hostile()
    for _ in range(number):
        near = hostile.dice.choice([*FORGED.values(), "13800000001"])
        texts = {place: hostile.chosen(near) for place in ("number", "connected", "name")}
        waits, sits = through(entry(ASKED, **texts) + seat(ASKED, **texts))
        queued, muted = told(waits), told(sits)
        assert (queued["Uniqueid"], queued["Position"], queued["Wait"]) == ("demo-1-1795000002.1", "2", "7"), texts
        assert (muted["Uniqueid"], muted["Muted"], muted[CALL_ID]) == ("demo-1-1795000002.1", "Yes", "HCown"), texts


async def taken(server: AmiPeer, *texts: str) -> tuple[list[Snapshot], list[Message], int]:
    """A snapshot of a switch on which these callers have just come in, before their guard."""

    def answer(action: dict[str, str]) -> bytes | None:
        id_ = action.get("ActionID", "")
        match action.get("Action"):
            case "CoreShowChannels":
                hostile = b"".join(
                    row(id_, number=text) + row(id_, dialled=text) + row(id_, application=text) for text in texts
                )
                rows = row(id_, "1", VICTIM) + hostile + row(id_, "3", "HCthird")
                return begin(id_) + rows + end("CoreShowChannelsComplete", id_)
            case "QueueStatus":
                hostile = b"".join(entry(id_, "4", name=text, number=text) for text in texts)
                return begin(id_) + entry(id_, "1") + hostile + end("QueueStatusComplete", id_)
            case _:
                return None

    server.answer = answer
    snapshots: list[Snapshot] = []
    async with session(server.port, wanted=WANTED) as here:
        await take(here.connection, 1, lambda: START, snapshots.append)
        server.event("Mark", N="last")
        while not here.heard or here.heard[-1].get("N") != "last":
            await here.hears(len(here.heard) + 1)
        return snapshots, here.heard, here.connection.counts.tampered


async def test_a_snapshot_taken_while_hostile_callers_arrive_shows_the_calls_that_are_there() -> None:
    forged = [text for text in FORGED.values() if "Event: Mark" not in text]
    async with peer() as server:
        (snapshot,), heard, tampered = await taken(server, *forged)
    assert [(leg.call_id, leg.leg) for leg in snapshot.legs] == [
        (VICTIM, "demo-1-1795000001.1"), ("HCthird", "demo-1-1795000003.1"),
    ]  # fmt: skip
    assert not any(leg.is_held for leg in snapshot.legs)
    assert [(one.leg, one.position) for one in snapshot.waiting] == [
        ("demo-1-1795000001.1", 1), *[("demo-1-1795000004.1", 4)] * len(forged),
    ]  # fmt: skip
    assert {message["Event"] for message in heard} <= {"Mark", "CoreShowChannel"}
    assert [message.get("N") for message in heard if message["Event"] == "Mark"] == ["last"]
    assert tampered >= len(FORGED)

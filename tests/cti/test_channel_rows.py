"""What a hostile caller writes into a row of CoreShowChannels changes nothing of what it says, and is no event."""

from __future__ import annotations

import pytest

from cti.asterisk.channel_row import BEHIND, END, ChannelRows, read_row
from cti.asterisk.message import CALL_ID, Message
from cti.asterisk.snapshot import take
from cti.core.snapshot import Snapshot
from tests.cti.ami_peer import AmiPeer, peer, session
from tests.cti.fakes import START
from tests.hostile.values import MATRIX, Hostile

VICTIM = "HCdemo-1-1795000000.1"
LONGEST = 79
"""Asterisk cuts a number, and what was dialled, after so many bytes (AST_MAX_EXTENSION, AST_CHANNEL_NAME)."""
WANTED = frozenset({b"Hangup", b"UserEvent", b"Mark", b"CoreShowChannel", b"QueueCallerAbandon"})


def row(
    action_id: str, leg: str = "2", call: str = "", *, number: str = "138", connected: str = "", dialled: str = "s"
) -> bytes:
    """As Asterisk writes it: only a number, a connected number and what was dialled are as somebody sent them."""
    lines = [
        "Event: CoreShowChannel", f"ActionID: {action_id}", f"Channel: PJSIP/test-citizen-0000000{leg}",
        "ChannelState: 6", "ChannelStateDesc: Up", f"CallerIDNum: {number[:LONGEST]}", "CallerIDName: <unknown>",
        f"ConnectedLineNum: {connected[:LONGEST]}", "ConnectedLineName: <unknown>", "Language: zh", "AccountCode: ",
        "Context: hl-room-caller", f"Exten: {dialled[:LONGEST]}", "Priority: 1", f"Uniqueid: demo-1-179500000{leg}.1",
        "Linkedid: demo-1-1795000001.1", f"ChanVariable: HOTLINE_CALL_ID={call}",
        f"ChanVariable: HOTLINE_ROLE={'caller' if call else ''}", "Application: Queue", "ApplicationData: x",
        "Duration: 00:00:07", "BridgeId: b1",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace") + b"\r\n"


def end(action_id: str) -> bytes:
    return f"Event: CoreShowChannelsComplete\r\nActionID: {action_id}\r\nEventList: Complete\r\n\r\n".encode()


def through(stream: bytes) -> list[bytes]:
    rows = ChannelRows()
    found = [rows.take(block.lstrip(b"\r\n")) for block in stream.split(b"\r\n\r\n") if block.strip()]
    return [block for block in found if block is not None]


def told(block: bytes) -> Message:
    return read_row(block)[0]


FORGED = {
    "a header": f"1\r\nChanVariable: HOTLINE_CALL_ID={VICTIM}",
    "another leg": "1\r\nUniqueid: demo-1-1795000000.1",
    "a place": "1\r\nContext: hl-hold\r\nExten: s",
    "an end": "1\r\nBridgeId: \r\n\r\n",
    "an event": f"1\r\n\r\nEvent: Hangup\r\nChanVariable: HOTLINE_CALL_ID={VICTIM}",
    "whole events": "1\r\n\r\nEvent: Mark\r\n\r\nEvent: Mark\r\n\r\nEvent: Mark\r\n\r\nEvent: Mark",
    "a row": "1\r\n\r\nEvent: CoreShowChannel\r\nActionID: \r\nBridgeId: \r\n\r\n",
    "most of an end": "\r\n".join(f"{name}:" for name in (*BEHIND[1:], *END)) + "\r\n\r\n",
    "an end so short that no text is": "\r\n".join(f"{name}:" for name in (*BEHIND, *END)) + "\r\n\r\nEvent: Mark",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("place", ["number", "connected", "dialled"])
def test_a_text_of_a_caller_leaves_the_row_what_it_was(place: str, forged: str) -> None:
    (found,) = through(row("a", call="HCown", **{place: forged}))
    plain, message = told(row("a", call="HCown")), told(found)
    for name in ("Event", "ActionID", "Channel", "ChannelStateDesc", "Uniqueid", CALL_ID, "Duration", "BridgeId"):
        assert message[name] == plain[name], name
    if place != "dialled":
        assert message["Context"] == plain["Context"]


def test_what_a_caller_doubled_is_named_and_a_clean_row_names_nothing() -> None:
    assert read_row(row("a", call="HCown"))[1] == []
    assert read_row(row("a", number="1\r\nCallerIDNum: 110"))[1] == ["CallerIDNum"]
    assert told(row("a", number="1\r\nCallerIDNum: 110"))["CallerIDNum"] == "1"


def test_rows_and_events_around_a_torn_row_are_as_they_were() -> None:
    before, after = b"Event: Mark\r\nN: 1", b"Event: Mark\r\nN: 2"
    torn = row("a", number=FORGED["an event"])
    stream = before + b"\r\n\r\n" + row("a") + torn + row("a", "3", "HCx") + after + b"\r\n\r\n"
    found = through(stream)
    assert (found[0], found[-1]) == (before, after)
    assert [told(each)["Uniqueid"] for each in found[1:-1]] == [f"demo-1-179500000{n}.1" for n in (2, 2, 3)]


def test_a_row_that_never_ends_swallows_no_more_than_its_list() -> None:
    cut = row("secret").split(b"Priority")[0] + b"\r\n"
    found = through(cut + b"Event: Hangup\r\n\r\n" + end("secret") + b"Event: Mark\r\n\r\n")
    assert [block.split(b"\r\n")[0] for block in found] == [b"Event: CoreShowChannelsComplete", b"Event: Mark"]


@pytest.mark.parametrize("number", [1_000, pytest.param(MATRIX, marks=pytest.mark.matrix)])
def test_no_text_of_any_kind_makes_two_blocks_of_one_row_or_another_call_of_it(number: int) -> None:
    hostile = Hostile()
    for _ in range(number):
        near = hostile.dice.choice([*FORGED.values(), "13800000001"])
        texts = {place: hostile.chosen(near) for place in ("number", "connected", "dialled")}
        (found,) = through(row("a", call="HCown", **texts))
        message = told(found)
        assert (message[CALL_ID], message["Uniqueid"]) == ("HCown", "demo-1-1795000002.1"), texts
        assert message["Channel"] == "PJSIP/test-citizen-00000002"


async def taken(server: AmiPeer, *texts: str) -> tuple[list[Snapshot], list[Message], int]:
    """A snapshot of a switch on which these callers have just come in, before their guard."""

    def answer(action: dict[str, str]) -> bytes | None:
        if action.get("Action") != "CoreShowChannels":
            return None
        id_ = action["ActionID"]
        started = f"Response: Success\r\nActionID: {id_}\r\nEventList: start\r\n\r\n".encode()
        hostile = b"".join(row(id_, number=text) + row(id_, dialled=text) for text in texts)
        return started + row(id_, "1", VICTIM) + hostile + row(id_, "3", "HCthird") + end(id_)

    server.answer = answer
    snapshots: list[Snapshot] = []
    async with session(server.port, wanted=WANTED) as here:
        await take(here.connection, 1, lambda: START, snapshots.append)
        server.event("Mark", N="last")
        while not here.heard or here.heard[-1].get("N") != "last":
            await here.hears(len(here.heard) + 1)
        return snapshots, here.heard, here.connection.counts.tampered


async def test_a_snapshot_taken_while_hostile_callers_arrive_shows_the_calls_that_are_there() -> None:
    async with peer() as server:
        (snapshot,), heard, tampered = await taken(server, *FORGED.values())
    assert [(leg.call_id, leg.leg) for leg in snapshot.legs] == [
        (VICTIM, "demo-1-1795000001.1"), ("HCthird", "demo-1-1795000003.1"),
    ]  # fmt: skip
    assert not any(leg.is_held for leg in snapshot.legs)
    assert {message["Event"] for message in heard} <= {"Mark", "CoreShowChannel"}
    assert [message.get("N") for message in heard if message["Event"] == "Mark"] == ["last"]
    assert tampered >= len(FORGED)

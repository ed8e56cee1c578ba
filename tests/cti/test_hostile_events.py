"""What a hostile caller's text adds to an event is no second event, and no other call's, leg's or key's value."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti.asterisk.layout import PLAIN, PREFIXES, ROWS, VARIABLES, NoSuchBlock, read
from cti.asterisk.message import Message, call_id_of
from cti.asterisk.protocol import HardenedProtocol, WireCounts
from cti.asterisk.snapshot import QUERIES
from cti.asterisk.translate import WANTED
from hotline.runtime.asterisk_config import TEMPLATES
from tests.cti.blocks import BEHIND, LONGEST, OPENING, PLACES, cut_up, event
from tests.hostile.values import MATRIX, Hostile

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ami"
VICTIM = "HCdemo-1-1795000000.1"
ANSWERS = {"CoreShowChannels": {"CoreShowChannel"}, "ConfbridgeList": {"ConfbridgeList"},
           "QueueStatus": {"QueueEntry", "QueueMember", "QueueParams"}, "BridgeList": {"BridgeListItem"}}  # fmt: skip
OPEN = "1\r\n\r\nEvent: "
FORGED = (
    f"1\r\nChanVariable: HOTLINE_CALL_ID={VICTIM}",
    f"1\r\nDestChanVariable: HOTLINE_CALL_ID={VICTIM}",
    f"1\r\nSpyeeChanVariable: HOTLINE_CALL_ID={VICTIM}",
    "1\r\nUniqueid: demo-1-1795000000.1\r\nCause: 44",
    "1\r\nPriority:\r\nUniqueid: demo-1-1795000000.1\r\nLinkedid: x",
    "1\r\nDestChannel:\r\nDestChannelState:\r\nDestChannelStateDesc:\r\nDestCallerIDNum:",
    "1\r\nUserEvent: HotlineDial\r\nAgent: 1001\r\nDial: x\r\nState: answered",
    f"1\r\nEvent: Hangup\r\nCallId: {VICTIM}",
    "1\r\nQueue: hl-x\r\nInterface: PJSIP/1001\r\nMemberName: 1001",
    f"{OPEN}Hangup\r\nChanVariable: HOTLINE_CALL_ID={VICTIM}",
    f"{OPEN}Hangup\r\nPrivilege:\r\nChannel:\r\nChannelState:\r\nUniqueid: 1",
    f"{OPEN}Shutdown\r\nPrivilege:\r\nTimestamp:\r\nSystemName:\r\nShutdown:\r\n\r\n",
    f"{OPEN}ContactStatus\r\nPrivilege:\r\nContactStatus: Removed\r\nEndpointName: 1001",
    f"{OPEN}FullyBooted\r\nPrivilege:\r\nTimestamp:\r\nStatus: Fully Booted\r\n\r\n",
    f"{OPEN}UserEvent\r\nUserEvent: HotlineEmergency\r\nState: pressed\r\nService: 110",
    "1\r\n\r\nResponse: Success\r\nActionID: 1\r\nEvent: Hangup\r\n\r\n",
    "1\r\n\r\nEvent: CoreShowChannel\r\nActionID: x\r\nBridgeId: b\r\n\r\n",
)
TEXTS = st.one_of(
    st.sampled_from(FORGED),
    st.text(max_size=LONGEST),
    st.lists(
        st.sampled_from(("\r\n", "\r\n\r\n", ": ", "Event", "Hangup", "Privilege", "Channel", "Uniqueid", "Priority",
                         "Linkedid", *VARIABLES, "CallerIDNum", "Exten", "Dest", "Context", VICTIM, "x")),
        max_size=14,
    ).map("".join),
)  # fmt: skip


def wire() -> tuple[HardenedProtocol, list[Message], WireCounts]:
    """The protocol over panoramisk's own, with no socket; its banner is read."""
    heard: list[Message] = []
    counts = WireCounts()
    protocol = HardenedProtocol(
        wanted=WANTED, allowed=frozenset(), on_event=heard.append, on_lost=lambda _: None, counts=counts,
        loop=asyncio.new_event_loop(),
    )  # fmt: skip
    protocol.connection_made(asyncio.Transport())
    protocol.data_received(b"Asterisk Call Manager/11.0.0\r\n")
    return protocol, heard, counts


def heard_of(stream: bytes) -> tuple[list[Message], WireCounts]:
    protocol, heard, counts = wire()
    protocol.data_received(stream)
    protocol._loop.close()
    return heard, counts


KINDS = sorted(PREFIXES)


def sound(kind: str) -> Message:
    return read(*cut_up(event(kind, PREFIXES[kind])))[0]


def assert_says_nothing_else(message: Message, kind: str, dialled: str = "s") -> None:
    """Every value but the texts' own is what Asterisk wrote; a text may spoil what stands among the texts."""
    plain = sound(kind)
    assert message.keys() <= plain.keys()
    spoilt = ("CallerIDNum", "CallerIDName", "ConnectedLineNum", "ConnectedLineName", "Language", "AccountCode",
              "Exten", *(("Context",) if dialled != "s" else ()))  # fmt: skip
    told = {name: value for name, value in message.items() if not name.endswith(spoilt)}
    assert told == {name: value for name, value in plain.items() if not name.endswith(spoilt)}
    assert call_id_of(message) == call_id_of(plain) == "HCown"


def assert_unforged(kind: str, texts: dict[str, str]) -> None:
    """The event that was hit is told as it is, or not at all; the next one is told, and no other."""
    after = event("Hangup", call="HCnext")
    heard, counts = heard_of(event(kind, PREFIXES[kind], **texts) + after)
    assert call_id_of(heard[-1]) == "HCnext", "the event behind it was lost"
    assert len(heard) <= 2, texts
    for message in heard[:-1]:
        assert message["Event"] == kind
        assert_says_nothing_else(message, kind, texts.get("dialled", "s"))
    if len(heard) < 2:
        assert counts.tampered, "it was left out without a word"


def test_every_event_and_every_list_that_is_read_has_its_layout_told() -> None:
    assert {name.encode() for name in (*PREFIXES, *PLAIN)} == WANTED
    assert ANSWERS.keys() == QUERIES
    assert set().union(*ANSWERS.values()) == ROWS
    names = ",".join(each.removeprefix("ChanVariable(").removesuffix(")") for each in VARIABLES)
    assert f"\nchannelvars = {names}\n" in (TEMPLATES / "manager.conf.j2").read_text("utf-8")


@pytest.mark.parametrize("stream", sorted(path.name for path in FIXTURES.glob("*.jsonl")))
def test_what_asterisk_itself_wrote_is_read_in_full(stream: str) -> None:
    """Recorded before the switch had a name and told the time: that is put in."""
    read_ones = 0
    for line in (FIXTURES / stream).read_text("utf-8").splitlines():
        told = json.loads(line)
        kind = told["Event"]
        if kind not in PREFIXES and kind not in PLAIN:
            continue
        lines = [f"{name}: {each}" for name, value in told.items() if name not in {"t", "dt"}
                 for each in (value if isinstance(value, list) else [value])]  # fmt: skip
        block = "\r\n".join([*lines[:2], *OPENING.split("\r\n")[1:-1], *lines[2:]]).encode()
        message, uncounted = read(block)
        assert uncounted == [], kind
        assert len(message) == len(lines) + 2
        read_ones += 1
    assert read_ones > 3


def test_a_clean_event_is_told_in_full_and_without_an_alarm() -> None:
    for kind in KINDS:
        heard, counts = heard_of(event(kind, PREFIXES[kind]))
        assert [message["Event"] for message in heard] == [kind]
        assert counts.tampered == 0
        assert heard[0].items() >= dict(line.split(": ") for line in BEHIND.get(kind, "").splitlines()).items()


def test_an_asterisk_that_tells_more_of_a_channel_is_still_understood() -> None:
    more = event("Hangup").replace(b"\r\nChanVariable", b"\r\nTenantid: t\r\nChanVariable", 1)
    more = more.replace(b"\r\nCause-txt", b"\r\nTechCause: 1\r\nCause-txt")
    message, uncounted = read(*cut_up(more))
    assert (message["Tenantid"], message["TechCause"], uncounted) == ("t", "1", [])


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("place", PLACES)
def test_a_forged_text_is_no_event_and_nobody_elses_value(place: str, forged: str) -> None:
    for kind in KINDS:
        assert_unforged(kind, {place: forged})


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(KINDS), texts=st.fixed_dictionaries(dict.fromkeys(PLACES, TEXTS)))
def test_no_text_at_all_makes_a_second_event_or_another_call_of_one(kind: str, texts: dict[str, str]) -> None:
    assert_unforged(kind, texts)


@pytest.mark.parametrize("number", [1_000, pytest.param(MATRIX, marks=pytest.mark.matrix)])
def test_nor_does_any_hostile_one(number: int) -> None:
    hostile = Hostile()
    for at in range(number):
        near = hostile.dice.choice([*FORGED, "13800000001"])
        assert_unforged(KINDS[at % len(KINDS)], {place: hostile.chosen(near) for place in PLACES})


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_lone_piece_of_a_text_is_no_event(text: str) -> None:
    """As if it stood between two empty lines: at its best a text becomes a block of its own."""
    heard, _ = heard_of(text.encode("utf-8", "replace")[:LONGEST] + b"\r\n\r\n" + event("Hangup", call="HCnext"))
    assert [call_id_of(message) for message in heard if message["Event"] != "CoreShowChannel"] == ["HCnext"]


def test_the_shortest_events_are_still_longer_than_any_text() -> None:
    opening = [line.split(":")[0] for line in OPENING.splitlines()]
    for kind, names in PLAIN.items():
        least = "".join(f"{name}:\r\n" for name in ("Event: " + kind, *opening, *names))
        assert len(f"\r\n\r\n{least}") > LONGEST, kind
    booted = "Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 1\r\nLastReload: 1\r\nStatus: Fully Booted"
    assert read(booted.encode())[1] == []
    assert len(f"\r\n\r\n{booted}") > LONGEST
    stamped = "Event: FullyBooted\r\nPrivilege: system,all\r\nTimestamp: 1.0\r\nSystemName: demo-1\r\n"
    stamped += "Status: Fully Booted\r\nUptime: 0\r\nLastReload: 0"
    assert read(stamped.encode())[1] == [], "so it is told to whoever was there before"
    with pytest.raises(NoSuchBlock):
        read(f"{stamped}\r\nUptime: 1".encode())
    with pytest.raises(NoSuchBlock):
        read(booted.replace(" Fully Booted", "").encode())
    with pytest.raises(NoSuchBlock):
        read(b"Event: Shutdown\r\nPrivilege:\r\nTimestamp:\r\nSystemName:\r\nShutdown:")

"""Panoramisk's defects by their numbers in the design notes; 17 and 18 are FastAGI's and tested with ivr."""

from __future__ import annotations

import asyncio
import gc
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti.asterisk import connection as connecting
from cti.asterisk.actions import ALLOWED, action_of
from cti.asterisk.asked import ActionRefused, AmiTimeout, NotConnected, check
from cti.asterisk.message import Message, shown
from cti.asterisk.protocol import BLOCK_LIMIT, HardenedProtocol, WireCounts
from cti.asterisk.snapshot import take
from cti.core.commands import AddMember
from cti.core.ids import AgentId, QueueName
from cti.core.snapshot import Snapshot
from cti.lanes import Lanes
from tests.cti.ami_peer import AmiPeer, block, peer, session
from tests.cti.blocks import event
from tests.cti.calls import Line
from tests.cti.fakes import START, house
from tests.faults.relay import relayed

MARK = block({"Event": "Mark", "N": "1"})


async def wire(
    wanted: frozenset[bytes] = frozenset({b"Mark", b"Hangup"}),
) -> tuple[HardenedProtocol, list[Message], WireCounts]:
    """A protocol with no socket, its banner already read."""
    heard: list[Message] = []
    counts = WireCounts()
    protocol = HardenedProtocol(
        wanted=wanted,
        allowed=frozenset(),
        on_event=heard.append,
        on_lost=lambda _: None,
        counts=counts,
        loop=asyncio.get_running_loop(),
    )
    protocol.connection_made(asyncio.Transport())
    protocol.data_received(b"Asterisk Call Manager/11.0.0\r\n")
    return protocol, heard, counts


async def test_defect_01_an_exception_while_handling_one_message_keeps_the_rest_of_the_batch() -> None:
    protocol, heard, counts = await wire()

    def burst(message: Message) -> None:
        heard.append(message)
        if len(heard) == 2:
            raise RuntimeError("a reader's mistake")

    protocol._on_event = burst
    protocol.data_received(MARK * 5)
    assert len(heard) == 5
    assert counts.poison == 1


async def test_defect_01_an_unreadable_message_of_a_call_does_not_stop_the_others() -> None:
    async with house() as home:
        sound = Line("HC1").caller("UserEvent", UserEvent="HotlineFallback", CallId="HC1")
        await home.hear({**sound, "CallId": "HCother"}, sound)
        assert home.engine.unreadable == 1
        assert home.journal.kinds == ["CallArrived", "FallbackTaken"]


async def test_defect_02_a_second_event_header_is_an_alarm_and_the_first_one_counts() -> None:
    protocol, heard, counts = await wire()
    protocol.data_received(event("Hangup", number="1\r\nEvent: Mark\r\nUniqueid: 2") + MARK)
    assert [message["Event"] for message in heard] == ["Hangup", "Mark"]
    assert heard[0]["Uniqueid"] == "demo-1-1795000002.1"
    assert counts.tampered == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"Async": "false"}, {"Channel": "PJSIP/110@carrier-telecom"}, {"Channel": "Local/110@hl-outbound/n"},
        {"Channel": "Local/9001@hl-reach-supervisor/n&PJSIP/1001"}, {"Channel": "Local/9001@hl-reach-x@y/n"},
    ],
)  # fmt: skip
def test_defect_03_nothing_is_originated_but_our_routines_and_nobody_waits_for_them(changed: dict[str, str]) -> None:
    good = {"Action": "Originate", "Channel": "Local/9001@hl-reach-supervisor/n", "Async": "true"}
    check(good, ALLOWED)
    with pytest.raises(ActionRefused):
        check(good | changed, ALLOWED)


async def test_defect_04_a_silent_server_is_noticed_and_left_within_eight_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert connecting.PING_EVERY + connecting.PINGS_MISSED * connecting.PING_DEADLINE <= 8.0
    monkeypatch.setattr(connecting, "PING_EVERY", 0.2)
    monkeypatch.setattr(connecting, "PING_DEADLINE", 0.5)
    async with peer() as server, session(server.port) as here:
        server.silent = True
        await here.is_down()
        server.silent = False
        await here.is_up(generation=2)


async def test_defect_05_it_comes_back_by_itself_with_one_flight_at_a_time() -> None:
    async with peer() as server, relayed("127.0.0.1", server.port) as relay, session(relay.port) as here:
        for generation in range(2, 6):
            relay.reset()
            await here.is_up(generation)
        assert server.logins == 5
        assert len(here.downs) == 4


async def test_defect_05_a_wrong_password_is_not_tried_again_soon() -> None:
    async with peer() as server, session(server.port, secret="wrong", wait=False):  # noqa: S106
        await server.is_asked("Login")
        await asyncio.sleep(2.0)
        assert server.logins == 1


async def test_defect_05_a_stopped_connection_never_connects_again() -> None:
    async with peer() as server, session(server.port) as here:
        await server.stop()
        await here.is_down()
        here.connection.stop()
        await server.start()
        await asyncio.sleep(1.0)
        assert server.logins == 1


async def test_defect_06_an_action_without_an_answer_is_never_sent_again() -> None:
    async with peer() as server, relayed("127.0.0.1", server.port) as relay, session(relay.port) as here:
        server.answer = lambda action: b"" if action["Action"] == "Hangup" else None
        asked = asyncio.get_running_loop().create_task(
            here.connection.ask({"Action": "Hangup", "Channel": "PJSIP/1001-1"})
        )
        await server.is_asked("Hangup")
        relay.reset()
        with pytest.raises(NotConnected):
            await asked
        await here.is_up(generation=2)
        await asyncio.sleep(0.3)
        assert len(server.actions("Hangup")) == 1


async def test_defect_06_an_action_while_down_fails_at_once_and_is_not_kept() -> None:
    async with peer() as server, session(server.port) as here:
        await server.stop()
        await here.is_down()
        with pytest.raises(NotConnected):
            # Kept for later it would end by its own deadline, which is another exception.
            await here.connection.ask({"Action": "Hangup", "Channel": "PJSIP/1001-1"}, seconds=1)
        await server.start()
        await here.is_up(generation=2)
        await asyncio.sleep(0.2)
        assert server.actions("Hangup") == []


async def test_defect_07_a_half_received_list_fails_when_the_session_is_cut() -> None:
    async with peer() as server, relayed("127.0.0.1", server.port) as relay, session(relay.port) as here:
        server.answer = half_list
        asked = asyncio.get_running_loop().create_task(here.connection.ask({"Action": "QueueStatus"}, as_list=True))
        await server.is_asked("QueueStatus")
        relay.reset()
        with pytest.raises(NotConnected):
            await asked


async def test_defect_07_a_list_that_never_ends_has_a_deadline() -> None:
    async with peer() as server, session(server.port) as here:
        server.answer = half_list
        with pytest.raises(AmiTimeout):
            await here.connection.ask({"Action": "QueueStatus"}, as_list=True, seconds=0.3)


def half_list(action: dict[str, str]) -> bytes | None:
    if action["Action"] != "QueueStatus":
        return None
    key = {"ActionID": action["ActionID"]}
    return block({"Response": "Success", **key, "EventList": "start"}) + block({"Event": "QueueParams", **key})


async def test_defect_08_cancelled_actions_leave_nothing_behind() -> None:
    async with peer() as server, session(server.port) as here:
        server.answer = lambda action: b"" if action["Action"] == "Hangup" else None
        loop = asyncio.get_running_loop()
        asked = [
            loop.create_task(here.connection.ask({"Action": "Hangup", "Channel": f"PJSIP/{n}"})) for n in range(1000)
        ]
        await server.is_asked("Hangup", 1000)
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        await asyncio.sleep(0)
        gc.collect()
        waiting = [each for each in here.connection._protocol.responses.values() if each["Action"] == "Hangup"]  # type: ignore[union-attr]
        assert waiting == []


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["\r\n", "\r", "\n", "\0", "\x1b", "\x7f"]), st.text(max_size=40))
def test_defect_09_a_value_that_could_become_a_second_action_is_refused(before: str, breaker: str, after: str) -> None:
    with pytest.raises(ActionRefused):
        check({"Action": "Hangup", "Channel": before + breaker + after}, ALLOWED)
    with pytest.raises(ActionRefused):
        check({"Action": "Hangup", f"Channel{breaker}": "x"}, ALLOWED)


def test_defect_09_only_listed_actions_of_bounded_length_leave() -> None:
    check({"Action": "Hangup", "Channel": "PJSIP/1001-0000001f", "Cause": "16"}, ALLOWED)
    for name in ("Command", "Originate", "UpdateConfig", "hangup", "Hangup ", ""):
        with pytest.raises(ActionRefused):
            check({"Action": name}, ALLOWED)
    with pytest.raises(ActionRefused):
        check({"Action": "Hangup", "Channel": "x" * 513}, ALLOWED)
    with pytest.raises(ActionRefused):
        action_of(AddMember(agent=AgentId("1001&PJSIP/carrier"), queue=QueueName("general"), reason=""))


async def test_defect_10_each_new_session_takes_a_snapshot_of_its_own_generation() -> None:
    taken: list[Snapshot] = []
    async with peer() as server, relayed("127.0.0.1", server.port) as relay, session(relay.port) as here:
        for generation in (1, 2, 3):
            await here.is_up(generation)
            await take(here.connection, generation, lambda: START, taken.append)
            relay.reset()
        assert [snapshot.generation for snapshot in taken] == [1, 2, 3]
        assert here.ups[:3] == [1, 2, 3]


async def test_defect_11_jobs_of_one_call_keep_their_order_and_hold_nothing_when_done() -> None:
    seen: dict[str, list[int]] = {"a": [], "b": []}

    async def job(key: str, number: int) -> None:
        await asyncio.sleep(random.random() / 500)
        seen[key].append(number)

    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(tasks)
        for number in range(50):
            for key in seen:
                lanes.put(key, lambda key=key, number=number: job(key, number))  # type: ignore[misc]
    assert seen == {"a": list(range(50)), "b": list(range(50))}
    assert len(lanes) == 0


async def test_defect_11_a_lane_is_bounded_and_says_when_it_overflows() -> None:
    gate = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(tasks, depth=10)
        for _ in range(25):
            lanes.put("one", gate.wait)
        assert lanes.dropped == 15
        gate.set()


async def test_defect_12_an_event_with_a_pending_action_id_reaches_both() -> None:
    async with peer() as server, session(server.port) as here:
        server.answer = lambda action: (
            block({"Response": "Success", "ActionID": action["ActionID"]})
            + block({"Event": "Mark", "ActionID": action["ActionID"]})
            + block({"Event": "QueueStatusComplete", "ActionID": action["ActionID"], "EventList": "Complete"})
            if action["Action"] == "QueueStatus"
            else None
        )
        answer = await here.connection.ask({"Action": "QueueStatus"}, as_list=True)
        assert [message.get("Event") for message in answer] == [None, "Mark", "QueueStatusComplete"]
        assert [message["Event"] for message in await here.hears(1)] == ["Mark"]


async def test_defect_13_a_character_split_between_two_packets_is_whole() -> None:
    protocol, heard, _ = await wire()
    for byte in block({"Event": "Mark", "CallerIDName": "张三丰🙂"}):
        protocol.data_received(bytes((byte,)))
    assert heard[0]["CallerIDName"] == "张三丰🙂"


def test_a_name_with_quotes_is_read_as_it_was_sent() -> None:
    assert shown(r"O\'Neil \"\?") == "O'Neil \"?"
    assert shown("<unknown>") == shown(None) == ""


async def test_defect_14_an_endless_block_costs_little_and_the_stream_goes_on_after_it() -> None:
    protocol, heard, counts = await wire()
    kept, scanned = [], []
    for _ in range(1800):
        protocol.data_received(b"x" * 1024)
        kept.append(len(protocol._buffer))
        scanned.append(len(protocol._buffer) - protocol._scanned)
    protocol.data_received(b"\r\n\r\n" + MARK)
    assert max(kept) <= BLOCK_LIMIT
    assert max(scanned) < 4, "each byte is searched once, however long the block"
    assert len(heard) == 1
    assert counts.poison >= 1
    assert len(protocol._buffer) < 4


async def test_defect_15_asking_before_any_connection_says_so() -> None:
    async with session(1, wait=False) as here:
        with pytest.raises(NotConnected):
            await here.connection.ask({"Action": "QueueStatus"})


async def test_defect_16_queue_add_resolves() -> None:
    async with peer() as server, session(server.port) as here:
        server.answer = lambda action: (
            block({"Response": "Success", "ActionID": action["ActionID"], "Message": "Added interface to queue"})
            if action["Action"] == "QueueAdd"
            else None
        )
        answer = await here.connection.ask({"Action": "QueueAdd", "Queue": "hl-general", "Interface": "PJSIP/1001"})
        assert answer[0]["Message"] == "Added interface to queue"


async def test_defect_19_a_cancelled_connection_ends_as_cancelled() -> None:
    async with peer() as server, session(server.port) as here:
        again = asyncio.get_running_loop().create_task(here.connection.ask({"Action": "QueueStatus"}, as_list=True))
        await asyncio.sleep(0)
        again.cancel()
        with pytest.raises(asyncio.CancelledError):
            await again
    async with peer() as server:
        connection = connecting.AmiConnection(
            connecting.Account(host="127.0.0.1", port=server.port, user="t", secret="right")  # noqa: S106
        )
        running = asyncio.get_running_loop().create_task(connection.run())
        await asyncio.sleep(0.2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


def test_the_peer_of_these_tests_answers_like_asterisk() -> None:
    assert AmiPeer()._usual({"Action": "Ping", "ActionID": "1"}).startswith(b"Response: Success\r\n")

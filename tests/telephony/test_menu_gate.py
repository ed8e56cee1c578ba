"""The seam to ivr: when it is asked, when it is believed, and what a caller who leaves causes (nothing)."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from hotline.phone.client import Phone
from tests.patience import LONG, until
from tests.telephony.ami_ear import AmiEar
from tests.telephony.asterisk_only import AsteriskOnly, FixedSecrets

Talk = Callable[[socket.socket], None]


class AgiPeer:
    """Takes one FastAGI connection and does with it what the story says."""

    def __init__(self, port: int, talk: Talk) -> None:
        self._talk = talk
        self._server = socket.create_server(("127.0.0.1", port))
        self.asked = b""
        self.over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            connection, _ = self._server.accept()
        except OSError:
            return
        with connection:
            while b"\n\n" not in self.asked:
                self.asked += connection.recv(65536)
            self._talk(connection)
        self.over.set()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes a thread that still waits for its caller
        self._server.close()


def say(connection: socket.socket, command: str) -> bytes:
    connection.sendall(command.encode() + b"\n")
    return connection.recv(4096)


def sends_to_enterprise(connection: socket.socket) -> None:
    say(connection, 'SET VARIABLE "HL_QUEUE" "enterprise"')
    say(connection, 'SET VARIABLE "HL_DONE" "1"')


def names_a_queue_that_is_none(connection: socket.socket) -> None:
    say(connection, 'SET VARIABLE "HL_QUEUE" "no,such)queue"')
    say(connection, 'SET VARIABLE "HL_DONE" "1"')


def dies_half_way(connection: socket.socket) -> None:
    say(connection, 'SET VARIABLE "HL_QUEUE" "enterprise"')


def waits_for_a_key(connection: socket.socket) -> None:
    say(connection, "WAIT FOR DIGIT 20000")


@pytest.fixture
def ear(asterisk: AsteriskOnly) -> Iterator[AmiEar]:
    with AmiEar(asterisk.settings, "hotline-events", FixedSecrets().ami_events) as ami:
        yield ami


@pytest.fixture
def ivr(asterisk: AsteriskOnly) -> Iterator[Callable[..., AgiPeer]]:
    peers: list[AgiPeer] = []
    over = threading.Event()

    def beat() -> None:
        while not over.wait(0.5):
            asterisk.beat()

    beating = threading.Thread(target=beat, daemon=True)

    def open_one(talk: Talk, *, beats: bool = True) -> AgiPeer:
        asterisk.beat()
        if beats:
            beating.start()
        peers.append(AgiPeer(asterisk.settings.port("fastagi"), talk))
        return peers[-1]

    yield open_one
    over.set()
    if beating.is_alive():
        beating.join()
    for peer in peers:
        peer.close()


def waiting_in(asterisk: AsteriskOnly, caller: Phone, queue: str) -> bool:
    caller.call(asterisk.address(), number="13800000001")
    caller.wait_answered(seconds=LONG)
    return asterisk.wait_queued() == queue


def test_a_finished_menu_sends_the_caller_where_it_says(
    asterisk: AsteriskOnly, caller: Phone, ear: AmiEar, ivr: Callable[..., AgiPeer]
) -> None:
    peer = ivr(sends_to_enterprise)
    assert waiting_in(asterisk, caller, "enterprise")
    assert b"agi_network_script: main\n" in peer.asked
    assert ear.wait_event("QueueCallerJoin")["Queue"] == "hl-enterprise"
    assert not [m for m in ear.messages if m.get("UserEvent") == "HotlineFallback"]


def test_a_menu_that_dies_half_way_is_not_believed(
    asterisk: AsteriskOnly, caller: Phone, ear: AmiEar, ivr: Callable[..., AgiPeer]
) -> None:
    ivr(dies_half_way)
    assert waiting_in(asterisk, caller, "general")
    assert ear.wait_event("UserEvent", UserEvent="HotlineFallback")["Reason"] == "agi"


def test_a_queue_that_does_not_exist_means_the_general_one(
    asterisk: AsteriskOnly, caller: Phone, ivr: Callable[..., AgiPeer]
) -> None:
    ivr(names_a_queue_that_is_none)
    assert waiting_in(asterisk, caller, "general")


def test_an_old_beat_means_the_menu_is_not_even_asked(
    asterisk: AsteriskOnly, caller: Phone, ear: AmiEar, ivr: Callable[..., AgiPeer]
) -> None:
    peer = ivr(sends_to_enterprise, beats=False)
    beat = asterisk.settings.home / "run/beat"
    os.utime(beat, (beat.stat().st_mtime - 5,) * 2)
    assert waiting_in(asterisk, caller, "general")
    assert peer.asked == b""
    assert ear.wait_event("UserEvent", UserEvent="HotlineFallback")["Reason"] == "beat"


def test_a_caller_who_hangs_up_in_the_menu_is_no_fallback(
    asterisk: AsteriskOnly, caller: Phone, ear: AmiEar, ivr: Callable[..., AgiPeer]
) -> None:
    peer = ivr(waits_for_a_key)
    caller.call(asterisk.address(), number="13800000001")
    caller.wait_answered(seconds=LONG)
    until(lambda: b"\n\n" in peer.asked, "the menu is asked")
    caller.hang_up()
    caller.wait_over(seconds=LONG)
    assert peer.over.wait(LONG)
    ear.wait_event("Hangup")
    ear.listen(0.3)
    assert not [m for m in ear.messages if m.get("UserEvent") == "HotlineFallback"]
    assert "QueueCallerJoin" not in ear.names()


def test_cti_hears_the_events_of_a_call_in_order_and_nothing_it_does_not_read(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, ear: AmiEar
) -> None:
    asterisk.join("1001")
    caller.call(asterisk.address(), number="13800000001", name="王小明")
    desk.wait_state("confirmed", seconds=LONG)
    ear.wait_event("AgentConnect")
    caller.press("5")
    desk.wait("digit", seconds=LONG)
    desk.hang_up()
    caller.wait_over(seconds=LONG)
    ear.wait_event("UserEvent", UserEvent="HotlineAgentEnd", Cause="16", Agent="1001")
    ear.listen(0.5)
    heard = [m.get("UserEvent") or m["Event"] for m in ear.messages if "Event" in m]
    told = [
        "HotlineArrived",
        "MixMonitorStart",
        "HotlineFallback",
        "QueueCallerJoin",
        "AgentCalled",
        "AgentConnect",
        "HotlineAgentEnd",
    ]
    assert [name for name in dict.fromkeys(heard) if name in told] == told, heard
    assert not {"Newexten", "VarSet", "RTCPSent", "RTCPReceived", "TestEvent", "Newchannel"} & set(heard)
    call_id = ear.wait_event("UserEvent", UserEvent="HotlineArrived")["CallId"]
    connect = ear.wait_event("AgentConnect")
    assert connect["MemberName"] == "1001"
    assert any(call_id in value for value in connect.values())

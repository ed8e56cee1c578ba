"""The bad line itself: SDP leads over it, in both directions, and it loses as much as it is told to."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.faults.rough_line import Address, RoughLine

PACKETS = 400


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, ...]]:
    """A phone and a switch: SIP and RTP of each."""
    with contextlib.ExitStack() as opened:
        ends = [opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(4)]
        for end in ends:
            end.bind(("127.0.0.1", 0))
            end.settimeout(5)
        yield tuple(ends)


def sdp(end: socket.socket, words: bytes) -> bytes:
    body = b"v=0\r\nm=audio %d RTP/AVP 8\r\n" % end.getsockname()[1]
    return words + b"\r\nCall-ID: one\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def media_port(message: bytes) -> int:
    head, _, body = message.partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % len(body) in head
    return int(body.split(b"m=audio ")[1].split()[0])


def joined(line: RoughLine, ends: tuple[socket.socket, ...]) -> tuple[Address, Address]:
    """Where each side sends its sound to, after an invitation and its answer."""
    phone, phone_rtp, switch, switch_rtp = ends
    phone.sendto(sdp(phone_rtp, b"INVITE"), ("127.0.0.1", line.port))
    to_phone = media_port(switch.recv(9999))
    switch.sendto(sdp(switch_rtp, b"SIP/2.0 200 OK"), ("127.0.0.1", line.port))
    to_switch = media_port(phone.recv(9999))
    assert {to_phone, to_switch}.isdisjoint(end.getsockname()[1] for end in ends)
    return ("127.0.0.1", to_switch), ("127.0.0.1", to_phone)


def arrived(end: socket.socket) -> list[bytes]:
    end.settimeout(0.5)
    got = []
    with contextlib.suppress(TimeoutError):
        while True:
            got.append(end.recv(9999))
    return got


def test_sound_goes_both_ways_over_the_line_and_each_side_sees_the_address_that_it_was_told(
    ends: tuple[socket.socket, ...],
) -> None:
    phone, phone_rtp, switch, switch_rtp = ends
    with RoughLine(phone.getsockname(), switch.getsockname()) as line:
        to_switch, to_phone = joined(line, ends)
        phone_rtp.sendto(b"from the phone", to_switch)
        assert switch_rtp.recvfrom(99) == (b"from the phone", to_phone)
        switch_rtp.sendto(b"from the switch", to_phone)
        assert phone_rtp.recvfrom(99) == (b"from the switch", to_switch)
        line.dead = True
        phone_rtp.sendto(b"into nothing", to_switch)
        assert arrived(switch_rtp) == []
        phone.sendto(b"BYE\r\nCall-ID: one\r\nContact: <sip:me@127.0.0.1:5>\r\n\r\n", ("127.0.0.1", line.port))
        assert switch.recv(99) == b"BYE\r\nCall-ID: one\r\nContact: <sip:me@127.0.0.1:%d>\r\n\r\n" % line.port


def test_what_is_lost_is_about_what_was_asked_for_and_jitter_keeps_the_order_and_loses_nothing(
    ends: tuple[socket.socket, ...],
) -> None:
    phone, phone_rtp, switch, switch_rtp = ends
    with RoughLine(phone.getsockname(), switch.getsockname()) as line:
        to_switch, _ = joined(line, ends)
        line.loss = 0.1
        got = []
        for _ in range(PACKETS // 100):  # no more than a socket holds
            for number in range(100):
                phone_rtp.sendto(b"%d" % number, to_switch)
            got += arrived(switch_rtp)
        assert len(got) == line.passed == PACKETS - line.lost
        assert PACKETS * 0.04 < line.lost < PACKETS * 0.2
        line.loss, line.jitter = 0.0, 0.1
        sent = [b"%d" % number for number in range(50)]
        for packet in sent:
            phone_rtp.sendto(packet, to_switch)
        assert arrived(switch_rtp) == sent

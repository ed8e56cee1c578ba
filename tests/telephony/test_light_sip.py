"""What the light phones write and read: a message there and back, and the proof of a password."""

from __future__ import annotations

from hashlib import md5

from tests.telephony.light_phones import KEPT, PACKET_SECONDS, SAMPLES, Booth, Line, spoken
from tests.telephony.light_sip import answer_to, proof, read, sdp, written


def test_an_invitation_is_read_as_it_was_written_and_answered_with_what_it_asked() -> None:
    headers = [("Via", "SIP/2.0/UDP a"), ("Via", "SIP/2.0/UDP b"), ("From", "<sip:a@x>;tag=1"), ("To", "<sip:b@x>")]
    asked = read(written("INVITE sip:b@x SIP/2.0", [*headers, ("Call-ID", "c"), ("CSeq", "7 INVITE")], sdp(4000)))
    assert asked is not None
    assert (asked.code, asked.method, asked.rtp_port, asked.all("via")) == (
        0, "INVITE", 4000, ["SIP/2.0/UDP a", "SIP/2.0/UDP b"],
    )  # fmt: skip
    answered = read(answer_to(asked, "200 OK", "mine", "<sip:b@y>", sdp(5000)))
    assert answered is not None
    assert (answered.code, answered.method, answered.rtp_port) == (200, "INVITE", 5000)
    assert (answered["to"], answered["call-id"], answered.all("via")) == ("<sip:b@x>;tag=mine", "c", asked.all("via"))
    assert read(b"\r\n\r\n") is None


def test_the_proof_is_the_one_that_the_standard_computes() -> None:
    """RFC 2617 section 3.2.2.1, without quality of protection."""
    challenge = 'Digest realm="asterisk", nonce="abc", algorithm=MD5'
    said = proof(challenge, "REGISTER", "sip:x", "me", "secret")
    one = md5(b"me:asterisk:secret", usedforsecurity=False).hexdigest()
    two = md5(b"REGISTER:sip:x", usedforsecurity=False).hexdigest()
    assert f'response="{md5(f"{one}:abc:{two}".encode(), usedforsecurity=False).hexdigest()}"' in said
    assert "qop=auth" in proof(challenge + ', qop="auth"', "REGISTER", "sip:x", "me", "secret")


def test_a_line_knows_which_tones_it_heard_last() -> None:
    line = Line(Booth(1, 2), "call", 450)
    for packet in spoken(1010):
        line.datagram_received(bytes([0x80, 8]) + bytes(10) + packet, ("127.0.0.1", 9))
    assert len(line.heard) == KEPT == round(1 / PACKET_SECONDS)
    assert len(line.heard[0]) == SAMPLES
    assert line.hears({450, 970, 1010, 1050}) == {1010}

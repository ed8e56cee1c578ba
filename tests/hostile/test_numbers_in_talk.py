"""A phone that gives itself a hostile number in the middle of its talk: its call is told to the end as it began."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.phone.client import Phone
from hotline.runtime.agents_config import PHONE, Desk
from tests.patience import LONG, until
from tests.telephony.ami_ear import AmiEar
from tests.telephony.asterisk_only import AsteriskOnly, FixedSecrets
from tests.telephony.light_sip import answer_to, read, sdp
from tests.telephony.raw_sip import RawCaller

pytestmark = pytest.mark.real

DESK = Desk(agent="1001", extension="1001", name="王敏", password="desk-1001-for-tests", device=PHONE)  # noqa: S106
QUIET = 1.5
"""Seconds without a question after which Asterisk has asked all that it wants to know."""
NUMBERS = (
    b"1%0d%0aUniqueid%3a%20victim-1.1%0d%0aX%3a%20x",
    b"1%0d%0aChanVariable%3a%20HOTLINE_CALL_ID%3dHCvictim%0d%0aX%3a%20x",
    b"1%0d%0a%0d%0aEvent%3a%20Hangup%0d%0aUniqueid%3a%20victim-1.1%0d%0a%0d%0a",
)
HEADERS = {
    "asserted": b"P-Asserted-Identity: <sip:%s@x>\r\n",
    "remote_party": b"Remote-Party-ID: <sip:%s@x>;party=calling\r\n",
}


class Changing(RawCaller):
    """Answers what it is asked in its call, and asks on its own."""

    def obliges(self) -> None:
        """Until Asterisk asks nothing more: it tells a caller to whom he talks."""
        self._socket.settimeout(QUIET)
        with contextlib.suppress(TimeoutError):
            while True:
                asked = read(self._socket.recv(65535))
                if asked is not None and not asked.code and asked.method in {"INVITE", "UPDATE"}:
                    contact = f"<sip:raw@127.0.0.1:{self._port}>"
                    self._socket.sendto(answer_to(asked, "200 OK", "raw1", contact, sdp(9)), self._to)
        self._socket.settimeout(LONG)

    def changes(self, header: bytes, sequence: int) -> int:
        """The same call anew, with this header: the answer's code."""
        self._call_of(f"INVITE-{sequence}", "INVITE", sequence, header, sdp(9).encode())
        code, _ = self._final("INVITE")
        self._call_of(f"ACK-{sequence}", "ACK", sequence)
        return code

    def leaves(self, sequence: int) -> None:
        self._call_of("BYE", "BYE", sequence)
        self._final("BYE")
        self._to_header = b""

    def _call_of(self, branch: str, method: str, sequence: int, more: bytes = b"", body: bytes = b"") -> None:
        lines = (
            f"{method} sip:12345@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};rport;branch=z9hG4bK{self._call}-{branch}",
            "Max-Forwards: 70", f"Call-ID: {self._call}", f"CSeq: {sequence} {method}",
            f"Contact: <sip:raw@127.0.0.1:{self._port}>", f"Content-Length: {len(body)}",
        )  # fmt: skip
        own = b"From: " + self._from + b"\r\nTo: " + self._to_header + b"\r\n"
        kind = b"Content-Type: application/sdp\r\n" if body else b""
        head = "\r\n".join(lines).encode() + b"\r\n"
        self._socket.sendto(head + own + kind + more + b"\r\n" + body, self._to)


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskOnly]:
    with tempfile.TemporaryDirectory(prefix="hl-hostile-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder)
        with AsteriskOnly(place / "home", desks=[DESK], changes={"HOTLINE_ASSETS": str(place / "assets")}) as running:
            yield running


@pytest.fixture(scope="module")
def agent(asterisk: AsteriskOnly) -> Iterator[Phone]:
    with Phone.of(asterisk.settings, 1) as phone:
        phone.register(DESK.extension, DESK.password, f"127.0.0.1:{asterisk.settings.port('sip')}", seconds=LONG)
        phone.when_called(200)
        asterisk.join(DESK.extension)
        yield phone


@pytest.mark.parametrize("header", HEADERS)
def test_a_number_changed_in_the_talk_hides_no_end_and_forges_nothing(
    asterisk: AsteriskOnly, agent: Phone, header: str
) -> None:
    ports = asterisk.settings.port("phones") + 9, asterisk.settings.port("sip")
    with AmiEar(asterisk.settings, "hotline-events", FixedSecrets().ami_events) as ear:
        caller = Changing(*ports)
        with caller:
            assert caller.invite(b'"x" <sip:13800000001@x>') == 200
            agent.wait_state("confirmed", seconds=LONG)
            caller.obliges()
            for sequence, number in enumerate(NUMBERS, start=2):
                assert caller.changes(HEADERS[header] % number, sequence) == 200
                caller.obliges()
            caller.leaves(len(NUMBERS) + 2)
        asterisk.wait_idle()
        until(lambda: _ended(ear), "the end of the caller's leg is told")
        assert _ended(ear)[0]["CallerIDNum"] == "13800000001"
        assert not [message for message in ear.messages if "victim" in str(message)]


def _ended(ear: AmiEar) -> list[dict[str, str]]:
    ear.listen(0.1)
    return [
        message
        for message in ear.messages
        if message.get("Event") == "Hangup" and message["Channel"].startswith("PJSIP/test-citizen")
    ]

"""A carrier's trunk, with SIPp as the carrier: identity, privacy, diversion, codec, cap, and no way through."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telephony.ami_ear import AmiEar, Message
from tests.telephony.asterisk_only import AsteriskOnly, FixedSecrets

SCENARIO = Path(__file__).with_name("carrier_call.xml")
CARRIERS = """
carriers:
  - name: telecom
    addresses: ["127.0.0.1"]
    port: @PORT@
    call_cap: 2
    routes:
      - {digits: "0512XXXXXXXX", caller_id: "051212345"}
"""


@pytest.fixture(scope="module")
def live(place: Path) -> Iterator[AsteriskOnly]:
    """Out of test mode, with one carrier, which lives on this machine."""
    changes = {"HOTLINE_ASSETS": str(place / "assets")}
    with AsteriskOnly(place / "live", carriers=CARRIERS, changes=changes) as it:
        yield it


@pytest.fixture
def ear(live: AsteriskOnly) -> Iterator[AmiEar]:
    live.wait_idle()
    with AmiEar(live.settings, "hotline-events", FixedSecrets().ami_events) as ami:
        yield ami


def sipp(
    live: AsteriskOnly, folder: Path, *, headers: str = "", calls: int = 1, seconds: float = 1.0, dial: str = "12345"
) -> str:
    """Place calls as the carrier would; SIPp's own message log. Fails when any call fails."""
    scenario = folder / "call.xml"
    scenario.write_text(
        SCENARIO.read_text().replace("@HEADERS@", headers or "Subject: call").replace("@MS@", str(int(seconds * 1000)))
    )
    base = live.settings.port_base
    done = subprocess.run(
        ["sipp", f"127.0.0.1:{live.settings.port('sip')}", "-i", "127.0.0.1",
         "-p", str(base + 76), "-mp", str(base + 800),
         "-sf", str(scenario), "-s", dial, "-m", str(calls), "-r", "50", "-timeout", "60", "-nostdin",
         "-trace_msg", "-message_file", str(folder / "messages.log"),
         "-trace_err", "-error_file", str(folder / "errors.log")],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    log = (folder / "messages.log").read_text("utf-8", "replace")
    assert done.returncode in {0, 1}, done.stderr[-500:]
    return log


def answers(log: str) -> dict[str, str]:
    """The final answer to the INVITE of each call, by its Call-ID."""
    found: dict[str, str] = {}
    for block in log.split("-" * 40):
        code, call = re.search(r"^SIP/2\.0 ([2-6]\d\d)", block, re.M), re.search(r"^Call-ID: (\S+)", block, re.M)
        if code and call and "CSeq: 1 INVITE" in block:
            found[call[1]] = code[1]
    return found


def arrival(live: AsteriskOnly, ear: AmiEar, folder: Path, headers: str = "", dial: str = "12345") -> Message:
    sipp(live, folder, headers=headers, dial=dial)
    return ear.wait_event("UserEvent", UserEvent="HotlineArrived")


def test_the_asserted_identity_wins_over_what_the_telephone_claims(
    live: AsteriskOnly, ear: AmiEar, tmp_path: Path
) -> None:
    message = arrival(live, ear, tmp_path, 'P-Asserted-Identity: "Wang" <sip:+8651288880000@carrier.example>')
    assert (message["CallerIDNum"], message["CallerIDName"]) == ("+8651288880000", "Wang")
    assert message["Trunk"] == "carrier-telecom"


def test_a_withheld_number_stays_withheld(live: AsteriskOnly, ear: AmiEar, tmp_path: Path) -> None:
    headers = 'P-Asserted-Identity: "Wang" <sip:+8651277770000@carrier.example>\nPrivacy: id'
    message = arrival(live, ear, tmp_path, headers)
    assert (message["CallerIDNum"], message["CallerIDName"]) == ("<unknown>", "<unknown>")
    assert not any("77770000" in value for heard in ear.messages for value in heard.values())


def test_the_old_number_that_was_dialled_is_known(live: AsteriskOnly, ear: AmiEar, tmp_path: Path) -> None:
    message = arrival(live, ear, tmp_path, "Diversion: <sip:12315@carrier.example>;reason=unconditional")
    assert (message["Diversion"], message["Dialled"]) == ("12315", "12345")


def test_whatever_number_the_trunk_delivers_the_caller_gets_in(live: AsteriskOnly, ear: AmiEar, tmp_path: Path) -> None:
    assert arrival(live, ear, tmp_path, dial="051288001234")["Dialled"] == "051288001234"


def test_a_law_is_chosen_though_the_carrier_names_mu_law_first(live: AsteriskOnly, tmp_path: Path) -> None:
    log = sipp(live, tmp_path)
    answer = log[log.index("SIP/2.0 200 OK") :]
    media = re.search(r"m=audio \d+ RTP/AVP (.*)", answer)
    assert media is not None
    assert media[1].split()[0] == "8"
    assert "telephone-event/8000" in answer


def test_calls_over_the_cap_are_told_to_try_elsewhere_and_those_below_it_go_on(
    live: AsteriskOnly, tmp_path: Path
) -> None:
    log = sipp(live, tmp_path, calls=5, seconds=3)
    final = sorted(answers(log).values())
    assert final == ["200", "200", "503", "503", "503"]
    live.wait_idle()


def test_a_caller_cannot_dial_through_to_the_outside(live: AsteriskOnly, ear: AmiEar, tmp_path: Path) -> None:
    for dial in ("051288001234", "110", "0051288001234"):
        sipp(live, tmp_path, dial=dial)
    ear.listen(0.5)
    assert not {m["Channel"] for m in ear.messages if "Channel" in m and m.get("Event") == "DialBegin"}
    shown = live.say("dialplan show 051288001234@from-carrier")
    assert "Dial(" not in shown
    assert "HL_SHOWN=051212345" in live.say("dialplan show 051288001234@hl-dial-to")


def test_a_stranger_is_no_endpoint(live: AsteriskOnly) -> None:
    assert "anonymous" not in live.say("pjsip show endpoints")
    assert "anonymous" not in live.say("module show like endpoint_identifier")

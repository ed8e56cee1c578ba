"""The parties of an emergency and the three ways to press for one, on real phones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cti.asterisk.actions import action_of
from cti.core.emergency_commands import CancelEmergency, PressEmergency
from cti.core.ids import CallId, Channel
from hotline.phone.client import Phone
from hotline.phone.ear import Heard, hear, write_tone
from tests.measured.witness import Witness
from tests.patience import heard_until
from tests.telephony.ami_ear import AmiEar
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, AsteriskOnly, FixedSecrets
from tests.telephony.conftest import DESKS

TONES = {"caller": 440, "agent": 1000, "operator": 1900, "second": 2300}
"""Who speaks: each party's phone plays a tone of its own all the time."""
OPERATORS = {"operator": 20, "second": 21}
SEATS = {"caller": 0, "agent": 1, **OPERATORS}
SOUNDS = {**TONES, "music": MUSIC_TONE, **PROMPT_TONES}
RING_SECONDS = 3
SUMMARY, LOCATION = "老人在家摔倒，无人应答", "人民路1号, 3楼"

Press = Callable[["Story"], None]


@dataclass(kw_only=True)
class Story:
    """A talk between a caller and an agent, with operators' phones somewhere."""

    asterisk: AsteriskOnly
    phones: dict[str, Phone]
    folder: Path
    ami: AmiEar
    acts: AmiEar
    call_id: str = ""
    caller_channel: str = ""
    agent_channel: str = ""
    witness: Witness | None = None
    """Measures, where a story is measured."""

    def talk(self) -> None:
        """The caller reaches the agent by the fallback: no ivr, no cti, no web, no database."""
        self.asterisk.join("1001")
        self.phones["caller"].call(self.asterisk.address(), number="13800000001")
        rung = self.phones["agent"].wait("ringing", seconds=60)
        self.phones["agent"].wait_state("confirmed", seconds=60)
        self.call_id = header(rung["headers"], "X-Hotline-Call-Id")
        self.caller_channel = self.channel("PJSIP/test-citizen")
        self.agent_channel = self.channel("PJSIP/1001")
        self.asterisk.leave("1001")
        time.sleep(0.5)

    def channel(self, begins: str) -> str:
        """The newest channel with this beginning."""
        return max(name for line in self.asterisk.channels() if (name := line.split("!")[0]).startswith(begins))

    def operator(self, who: str, answer: int | str = 200, *, after: float = 0.3) -> Phone:
        """Put an operator's phone at its place and let Asterisk see it there."""
        phone = self.phones[who] = Phone.of(self.asterisk.settings, OPERATORS[who])
        if self.witness:
            self.witness.hears(who, phone)
        phone.play(write_tone(self.folder / f"{who}.wav", TONES[who], 5))
        phone.when_called(answer, after=after)
        qualified(self.asterisk, self.asterisk.settings.port("phones") + OPERATORS[who], "Avail")
        return phone

    def said(self, state: str, *, seconds: float = 10.0, nth: int = 1) -> dict[str, str]:
        """The n-th HotlineEmergency event in this state."""
        wanted = {"UserEvent": "HotlineEmergency", "State": state, "CallId": self.call_id}
        deadline = time.monotonic() + seconds
        while True:
            found = [m for m in self.ami.messages if wanted.items() <= m.items()]
            if len(found) >= nth:
                return found[nth - 1]
            assert time.monotonic() < deadline, f"no {state}; heard {self.states()}"
            self.ami.listen(0.1)

    def states(self) -> list[str]:
        self.ami.listen(0.1)
        return [m["State"] for m in self.ami.messages if m.get("UserEvent") == "HotlineEmergency"]

    def reached(self) -> list[str]:
        """The legs that were told as reached; one may be told twice."""
        self.ami.listen(0.1)
        told = [m for m in self.ami.messages if m.get("UserEvent") == "HotlineEmergency"]
        return [m["Leg"] for m in told if m["State"] == "reached"]

    @contextmanager
    def ears(self) -> Iterator[dict[str, Path]]:
        """Every phone keeps what it hears; the files are whole afterwards."""
        files = {who: self.folder / f"ear-{who}.wav" for who in self.phones}
        began = time.monotonic()
        for who, phone in self.phones.items():
            phone.record(files[who])
        seconds = time.monotonic() - began
        yield files
        seconds = time.monotonic() - began - seconds
        for phone in self.phones.values():
            phone.stop_recording()
        for file in files.values():  # the phone's library closes a file a moment after it says so
            heard_until(file, lambda heard: heard.seconds >= seconds * 0.7)

    def listen(self, seconds: float = 1.2) -> dict[str, set[str]]:
        """Whom each phone hears throughout, from now on."""
        with self.ears() as files:
            time.sleep(seconds)
        heard = {who: speakers(hear(file), seconds) for who, file in files.items()}
        if self.witness:
            self.witness.agreed(heard)
        return heard

    def legs(self) -> int:
        return sum(1 for line in self.asterisk.channels() if line.startswith("PJSIP/"))

    def recorded(self, role: str) -> Heard:
        """All of what the newest file of a role holds."""
        files = sorted(self.asterisk.recordings.rglob(f"{self.call_id}.{role}*.sln"))
        assert files, f"no recording of {role}"
        return hear(files[-1])


def header(headers: list[str], name: str) -> str:
    return next((line.split(": ", 1)[1] for line in headers if line.startswith(f"{name}: ")), "")


def speakers(heard: Heard, seconds: float) -> set[str]:
    """Those whose tone was there for most of the time."""
    return {who for who, tone in TONES.items() if heard.tone_seconds(tone) > seconds * 0.6}


def spoke(heard: Heard) -> set[str]:
    """Those whose tone is in a recording at all, for half a second or more."""
    return {who for who, tone in TONES.items() if heard.tone_seconds(tone) >= 0.5}


def qualified(asterisk: AsteriskOnly, port: int, status: str, seconds: float = 20.0) -> None:
    """Wait until Asterisk knows whether a route's phone is there."""
    deadline = time.monotonic() + seconds
    while not any(f":{port} " in line and status in line for line in contacts(asterisk)):
        assert time.monotonic() < deadline, f"{port} never {status}: {contacts(asterisk)}"
        time.sleep(0.2)


def contacts(asterisk: AsteriskOnly) -> list[str]:
    return [line for line in asterisk.say("pjsip show contacts").splitlines() if "hl-route" in line]


# ---------- three ways to press


def by_desk(story: Story, service: str = "110") -> None:
    """The very action that cti sends for a click."""
    command = PressEmergency(
        call_id=CallId(story.call_id),
        agent_channel=Channel(story.agent_channel),
        service=service,
        summary=SUMMARY,
        location=LOCATION,
    )
    assert story.acts.ask(**action_of(command))["Response"] == "Success"


def by_second_call(story: Story, service: str = "110") -> None:
    line = f"sip:*{service}@127.0.0.1:{story.asterisk.settings.port('sip')}"
    story.phones["agent"].call(line, number="1001", line="registered", beside=True)


def by_keys(story: Story, service: str = "110") -> None:
    story.phones["agent"].press(f"*{service}")


TRIGGERS: dict[str, Press] = {"desk": by_desk, "second_call": by_second_call, "dtmf": by_keys}


def cancel(story: Story, service: str = "110") -> None:
    command = CancelEmergency(
        call_id=CallId(story.call_id), agent_channel=Channel(story.agent_channel), service=service
    )
    assert story.acts.ask(**action_of(command))["Response"] == "Success"


def redirected(story: Story, channel: str, context: str, extension: str) -> None:
    asked = story.acts.ask(Action="Redirect", Channel=channel, Context=context, Exten=extension, Priority="1")
    assert asked["Response"] == "Success", asked


@contextmanager
def quick_to_ring_out(place: Path) -> Iterator[AsteriskOnly]:
    """An Asterisk whose operators ring for three seconds only."""
    changes = {"HOTLINE_ASSETS": str(place / "assets"), "HOTLINE_EMERGENCY_RING_SECONDS": str(RING_SECONDS)}
    with AsteriskOnly(place / "home", desks=DESKS, changes=changes) as it:
        yield it


@contextmanager
def told(
    asterisk: AsteriskOnly, caller: Phone, desk: Phone, folder: Path, witness: Witness | None = None
) -> Iterator[Story]:
    """A story with caller and agent on the phone; operators come when it says so."""
    with ExitStack() as opened:
        secrets = FixedSecrets()
        ami = opened.enter_context(AmiEar(asterisk.settings, "hotline-events", secrets.ami_events))
        acts = opened.enter_context(AmiEar(asterisk.settings, "hotline-actions", secrets.ami_actions))
        phones = {"caller": caller, "agent": desk}
        for who, phone in phones.items():
            phone.play(write_tone(folder / f"{who}.wav", TONES[who], 5))
            if witness:
                witness.hears(who, phone)
        story = Story(asterisk=asterisk, phones=phones, folder=folder, ami=ami, acts=acts, witness=witness)
        try:
            yield story
        finally:
            if witness:
                witness.stop()
            with ThreadPoolExecutor() as hands:
                list(hands.map(Phone.quit, story.phones.values()))

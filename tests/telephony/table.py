"""A call around a table: real phones that each say a tone of their own, the engine beside a real Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from cti.core.call import Call, CallState
from cti.core.ids import LegId
from cti.core.leg import Leg
from cti.core.refusals import Refusal
from cti.desk_commands import DeskCommands
from hotline import about, directory
from hotline.phone.client import Phone
from hotline.phone.ear import Heard, hear, write_tone
from hotline.runtime import asterisk_config
from hotline.runtime.agents_config import PHONE, Desk
from tests.cti.fakes import ListJournal
from tests.cti.test_on_asterisk import Live, live
from tests.measured.witness import Witness
from tests.proof.phone_log import Tape
from tests.proof.table_proof import Seats, hearing_differs
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, WHO_ASKS_TONES, AsteriskOnly

ME, COLLEAGUE = "1001", "1002"
DESKS = [
    Desk(agent=ME, extension=ME, name="王敏", password="desk-1001-for-tests", device=PHONE),  # noqa: S106
    Desk(agent=COLLEAGUE, extension=COLLEAGUE, name="李强", password="desk-1002-for-tests", device=PHONE),  # noqa: S106
]
SEATS = {"caller": 0, "agent": 1, "colleague": 2, "specialist": 10, "second": 11, "line": 24, "second_line": 25}
SEATS["centre"] = 26
SEATS |= {"operator": 20, "backup": 21}
"""Who has which test phone. The shipped directory rings 10, then 11, for `shebao`."""
TONES = {"caller": 440, "agent": 1000, "colleague": 1100, "specialist": 2000, "second": 2100}
TONES |= {"line": 2200, "second_line": 1300, "centre": 2300}
TONES |= {"operator": 1900, "backup": 2400}
SOUNDS = {**TONES, "music": MUSIC_TONE, **PROMPT_TONES, **WHO_ASKS_TONES}
CHUNK = 0.6
"""So long each ear listens before it is asked what it heard."""
HEARD_FOR = 0.3
SETTLES = 6
LATEST = datetime.max.replace(tzinfo=UTC)
PATIENCE = 30.0
"""A generous deadline: a slow machine makes a story slow, not wrong."""


class Table:
    """Phones with tones; what they hear is asked until it is as expected, or time is up."""

    def __init__(self, asterisk: AsteriskOnly, folder: Path) -> None:
        self.asterisk, self._folder, self._files = asterisk, folder, 0
        self.phones: dict[str, Phone] = {}
        self.here: Live
        self.journal = ListJournal()
        self.call_id = ""
        self.chunks: list[Mapping[str, set[str]]] = []
        self.tapes: dict[str, tuple[Phone, Path]] = {}
        """All that each phone of this story hears."""
        self.dead: dict[str, list[list[datetime]]] = {}
        """From when, and until when, a phone of this name was dead."""
        self.begun = datetime.now(UTC)
        self.witness: Witness | None = None
        """Measures, where a story is measured."""

    # ---- people

    def phone(self, name: str) -> Phone:
        """Whoever is asked for by name has a phone from then on, and speaks his tone into every call of it."""
        if name not in self.phones:
            phone = Phone.of(self.asterisk.settings, SEATS[name])
            phone.play(write_tone(self._folder / f"{name}.wav", TONES[name], 5))
            self.phones[name] = phone
            if len(self.dead.get(name, [[]])[-1]) == 1:
                self.dead[name][-1].append(datetime.now(UTC))
            if name in {"agent", "colleague"}:
                self._register(phone, DESKS[name == "colleague"])
        self._tape(name)
        return self.phones[name]

    def _tape(self, name: str) -> None:
        phone = self.phones[name]
        if self.tapes.get(name, (None,))[0] is not phone:
            self._files += 1
            file = self._folder / f"tape-{name}-{self._files}.wav"
            self.tapes[name] = phone, file
            phone.tape(file)

    def _register(self, phone: Phone, desk: Desk) -> None:
        phone.register(desk.extension, desk.password, f"127.0.0.1:{self.asterisk.settings.port('sip')}", seconds=20)

    async def sits(self, name: str, answer: int | str = 200) -> Phone:
        phone = await asyncio.to_thread(self.phone, name)
        if self.witness:
            await asyncio.to_thread(self.witness.hears, name, phone)
        forget(phone)
        phone.when_called(answer)
        # orders are obeyed in turn: once this one is, the phone knows how to meet a call
        async with self.taped(name):
            await asyncio.sleep(0.1)
        return phone

    def vanish(self, name: str) -> None:
        """As a browser that is killed, or any phone without power: silence, no good-bye."""
        if self.witness:
            self.witness.vanishes(name)
        self.phones.pop(name).vanish()
        self.dead.setdefault(name, []).append([datetime.now(UTC)])

    def quit(self) -> None:
        """All at once: each takes a second to say good-bye."""
        with ThreadPoolExecutor() as threads:
            list(threads.map(Phone.quit, self.phones.values()))
        self.phones.clear()

    # ---- the call

    async def talks(self) -> Call:
        """Agent ready, caller calls, both talk."""
        caller, _ = await self.sits("caller"), await self.sits("agent")
        await self.here.at_work()
        caller.call(self.asterisk.address(), number="13800000001")
        call = await self.here.reaches(CallState.TALKING, seconds=PATIENCE)
        self.call_id = call.id
        return call

    @property
    def call(self) -> Call:
        assert self.here.call is not None
        return self.here.call

    async def does(self, kind: str, /, by: str = ME, **args: Any) -> None:
        if self.witness:
            self.witness.noted(kind)
        await self.here.commands.carry_out(by, kind, {"call_id": self.call_id, **args})

    async def refusal(self, kind: str, /, by: str = ME, **args: Any) -> str:
        """The code with which a command is refused; empty when it is not."""
        try:
            await self.does(kind, by, **args)
        except Refusal as refusal:
            return refusal.code
        return ""

    def leg(self, role: str) -> Leg:
        return self.call.legs_of(role)[0]

    def leg_id(self, name: str) -> LegId:
        if name == "caller":
            return self.call.caller_leg
        return self.leg("agent" if name == "agent" else "specialist").leg

    async def asked(self, entry: str = "shebao", **said: str) -> None:
        """The specialist's phone rings."""
        phone = await self.sits("specialist", "ring")
        await self.does("three_way", entry=entry, **said)
        await asyncio.to_thread(phone.wait, "ringing", seconds=PATIENCE)

    async def accepts(self, name: str = "specialist", *, answered: bool = False) -> None:
        phone = self.phones[name]
        if not answered:
            phone.answer()
        await self.until(lambda: any(leg.state == "up" for leg in self.call.legs_of("specialist")))
        phone.press("1")
        await self.until(lambda: self.threeway in {"consulting", "merged"} and self.leg("specialist").in_room)

    async def consults(self) -> None:
        await self.talks()
        await self.asked()
        await self.accepts()

    async def merged(self) -> None:
        await self.consults()
        await self.does("merge")

    @property
    def threeway(self) -> str:
        return self.call.threeway.state.value if self.call.threeway else ""

    async def until(self, so: Any, seconds: float = PATIENCE) -> None:
        await self.here.until(so, seconds)

    async def over(self, *names: str) -> None:
        """These phones' calls end."""
        for name in names:
            await self.until(partial(_is_over, self.phones[name]))

    # ---- what its tapes prove

    def begin(self) -> None:
        """A new story: nothing was heard and nothing told yet."""
        self.journal, self.tapes, self.begun, self.dead = ListJournal(), {}, datetime.now(UTC), {}

    def rewind(self) -> Seats:
        """The tapes end. Those of phones that vanished are cut off anywhere and tell nothing."""
        there = {name: taped for name, taped in self.tapes.items() if self.phones.get(name) is taped[0]}
        for phone, file in there.values():
            forget(phone)
            phone.stop_tape(file)
        seats = Seats(
            tones={name: TONES[name] for name in self.tapes},
            events={name: phone.events for name, (phone, _) in self.tapes.items()},
            tapes={name: Tape(file, phone.events) for name, (phone, file) in there.items()},
            dead={name: [(span[0], span[-1] if span[1:] else LATEST) for span in spans]
                  for name, spans in self.dead.items()},
        )  # fmt: skip
        for _, file in self.tapes.values():
            file.unlink()
        return seats

    def differs(self, seats: Seats, until: datetime) -> list[str]:
        return hearing_differs(self.journal.entries, seats, self.begun, until)

    # ---- ears

    async def hear(self, **expected: str) -> None:
        """Each named ear hears just these sounds: `caller="agent specialist"`; an empty text is silence."""
        wanted = {name: set(sounds.split()) for name, sounds in expected.items()}
        got: Mapping[str, set[str]] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while got != wanted:
                    got = await self.listen(list(wanted))
                    self.chunks.append(got)
        if got != wanted:
            raise AssertionError(f"{self.chunks[-8:]}\n{await asyncio.to_thread(self.scene)}")
        if self.witness:
            self.witness.agreed(wanted)

    def scene(self) -> str:
        """Where each channel stands in the dialplan and what was told, for whoever reads of a failure."""
        told = [f"{entry.at:%M:%S.%f} {entry.kind} {entry.body}" for entry in self.journal.entries]
        return "\n".join([self.asterisk.say("core show channels verbose"), *told])

    async def listen(self, names: list[str], seconds: float = CHUNK) -> dict[str, set[str]]:
        """What each of them hears in the same moment."""
        return {name: sounds_of(heard) for name, heard in (await self.record(names, seconds)).items()}

    async def record(self, names: list[str], seconds: float) -> dict[str, Heard]:
        async with self.taped(*names) as tapes:
            await asyncio.sleep(seconds)
        return tapes

    @asynccontextmanager
    async def taped(self, *names: str) -> AsyncIterator[dict[str, Heard]]:
        """What these ears hear meanwhile; to be looked at afterwards."""
        self._files += 1
        files = {name: self._folder / f"{name}-{self._files}.wav" for name in names}
        tapes: dict[str, Heard] = {}
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(asyncio.to_thread(self.phones[name].record, file) for name, file in files.items()))
        yield tapes
        seconds = asyncio.get_running_loop().time() - began
        await asyncio.gather(*(asyncio.to_thread(self.phones[name].stop_recording) for name in names))
        tapes |= {name: await _closed(file, seconds) for name, file in files.items()}


async def _closed(file: Path, seconds: float) -> Heard:
    """The phone's library closes a recording a moment after it says so."""
    for _ in range(200):
        heard = hear(file)
        if heard.seconds >= seconds * 0.7:
            break
        await asyncio.sleep(0.02)
    file.unlink()
    return heard


def sounds_of(heard: Heard, at_least: float = HEARD_FOR) -> set[str]:
    return {name for name, tone in SOUNDS.items() if heard.tone_seconds(tone) >= at_least - 0.01}


def _is_over(phone: Phone) -> bool:
    """Asked of all that happened: another waiting may have taken the one event for itself."""
    for event in reversed(phone.events):
        if event["event"] in {"state", "dialled", "ringing"}:
            return bool(event.get("state") == "disconnected")
    return True


def forget(phone: Phone) -> None:
    """What happened in an earlier story is not waited for in this one."""
    with contextlib.suppress(queue.Empty):
        while True:
            phone._fresh.get_nowait()


def tables(folder: Path, **changes: str) -> Iterator[Table]:
    """One Asterisk and its phones for a file of stories."""
    given = {"HOTLINE_ASSETS": f"{folder}/assets", **changes}
    with AsteriskOnly(folder / "home", desks=DESKS, changes=given) as asterisk:
        # each story begins with it: shorter, so that the stories are
        spoken = asterisk.settings.assets_dir / "prompts/zh/by-key"
        write_tone(spoken / "fallback.wav", PROMPT_TONES["fallback"], 0.2)
        sounds = folder / "sounds"
        sounds.mkdir()
        table = Table(asterisk, sounds)
        yield table
        table.quit()


@asynccontextmanager
async def laid(table: Table, *, proved: bool = True) -> AsyncIterator[Table]:
    """The engine for one story; afterwards nobody is left in a call, and events and tapes tell the same."""
    table.begin()
    settings = table.asterisk.settings
    silence = asterisk_config.silence_by_role(settings)
    async with live(settings.port("ami"), table.journal, silence=silence) as here:
        here.commands = DeskCommands(here.engine, directory.load(directory.SHIPPED), spoken=about.spoken())
        table.here = here
        try:
            yield table
            until = datetime.now(UTC)
        finally:
            await asyncio.to_thread(table.asterisk.say, "channel request hangup all")
            for desk in DESKS:
                table.asterisk.leave(desk.extension)
            await asyncio.to_thread(table.asterisk.wait_idle)
            seats = await asyncio.to_thread(table.rewind)
        assert table.here.events.counts.tampered == 0, "Asterisk has written otherwise than its layout is known"
        if proved:
            await _proved(table, seats, until)


async def _proved(table: Table, seats: Seats, until: datetime) -> None:
    """Raises AssertionError with everything that was heard otherwise than it was told."""
    found = table.differs(seats, until)
    for _ in range(SETTLES):
        if not found:
            return
        await asyncio.sleep(0.5)  # the last events may be on their way
        found = table.differs(seats, until)
    raise AssertionError("\n".join([f"{len(found)} figures of this story are not proved:", *found]))

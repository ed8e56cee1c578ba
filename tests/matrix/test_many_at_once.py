"""More than twenty three-way talks at the same time: each ear hears its own two others, and nobody of another call."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from cti.core.call import Call, CallState
from cti.core.ids import AgentId
from cti.desk_commands import DeskCommands
from hotline import directory
from hotline.phone.ear import hear, write_tone
from hotline.runtime.agents_config import PHONE, Desk
from tests.cti.fakes import ListJournal
from tests.cti.test_on_asterisk import Live, live
from tests.patience import LONG
from tests.telephony.asterisk_only import MUSIC_TONE, PROMPT_TONES, WHO_ASKS_TONES, AsteriskOnly
from tests.telephony.light_phones import Booth, Line, header
from tests.telephony.table import SEATS

CALLS = 22
CALL_HEADER = "X-Hotline-Call-Id"
VOICES = range(410, 3400, 40)
"""A tone for each of the 66."""
CLOSE = 15
PLAYED = [MUSIC_TONE, *PROMPT_TONES.values(), *WHO_ASKS_TONES.values()]
"""A voice as close as this to a prompt is not told from it in a recording."""
SETTLES = 0.5
DESKS = [
    Desk(agent=f"10{n:02}", extension=f"10{n:02}", name=f"坐席{n}", password=f"desk-{n}-for-tests", device=PHONE)
    for n in range(1, CALLS + 1)
]


@pytest.fixture
def asterisk() -> Iterator[AsteriskOnly]:
    with tempfile.TemporaryDirectory(prefix="hl-many-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        changes = {"HOTLINE_ASSETS": f"{folder}/assets", "HOTLINE_SPECIALIST_RING_SECONDS": "60"}
        with AsteriskOnly(Path(folder) / "home", desks=DESKS, changes=changes) as it:
            prompts = it.settings.assets_dir / "prompts/zh/by-key"
            write_tone(prompts / "fallback.wav", PROMPT_TONES["fallback"], 0.2)
            yield it


@pytest.fixture
async def here(asterisk: AsteriskOnly) -> AsyncIterator[Live]:
    async with live(asterisk.settings.port("ami"), ListJournal()) as running:
        running.commands = DeskCommands(running.engine, directory.load(directory.SHIPPED))
        yield running
        asterisk.say("channel request hangup all")


class Crowd:
    """Callers, agents and specialists, each behind one port; every line has a tone that no other one has."""

    def __init__(self, asterisk: AsteriskOnly, here: Live) -> None:
        self._here = here
        self._tones = iter(VOICES)
        first, switch = asterisk.settings.port("phones"), asterisk.settings.port("sip")
        self.callers = Booth(first + SEATS["caller"], switch)
        self.agents = Booth(first + SEATS["agent"], switch, lambda _: next(self._tones))
        self.specialists = Booth(first + SEATS["specialist"], switch, lambda _: next(self._tones))

    async def at_work(self) -> None:
        await self._here.until(lambda: self._here.actions.up and self._here.engine.generation)
        for desk in DESKS:
            await self.agents.register(desk.extension, desk.password)
        for desk in DESKS:
            await self._here.commands.carry_out(desk.agent, "sign_on", {"queues": ["general"]})
            await self._here.commands.carry_out(desk.agent, "ready", {})

    async def all_call(self) -> None:
        numbers = [f"1380000{n:04}" for n in range(CALLS)]
        await asyncio.gather(*(self.callers.dial("12345", number, next(self._tones)) for number in numbers))
        await self._here.until(lambda: len(self.calls(CallState.TALKING)) == CALLS)

    def calls(self, *states: CallState) -> list[Call]:
        known = [story.call for story in self._here.engine.stories.values() if story.call is not None]
        return [call for call in known if call.state in states]

    async def to_three(self, call: Call) -> None:
        """This call's specialist is asked, accepts and is merged."""
        assert call.talking is not None
        agent = AgentId(call.talking.agent)
        await self._here.commands.carry_out(agent, "three_way", {"call_id": call.id, "entry": "shebao"})
        await self._here.until(lambda: self.specialist(call) is not None)
        line = self.specialist(call)
        assert line is not None
        await self._here.until(lambda: any(leg.state == "up" for leg in self.now(call).legs_of("specialist")))
        line.press(1)
        await self._here.until(lambda: self.threeway(call) == "consulting")
        await self._here.commands.carry_out(agent, "merge", {"call_id": call.id})
        await self._here.until(lambda: self.threeway(call) == "merged")

    def now(self, call: Call) -> Call:
        found = self._here.engine.stories[call.id].call
        assert found is not None
        return found

    def threeway(self, call: Call) -> str:
        threeway = self.now(call).threeway
        return threeway.state.value if threeway else ""

    def specialist(self, call: Call) -> Line | None:
        return next((line for line in self.specialists.came_in if header(line, CALL_HEADER) == call.id), None)

    def parties(self, call: Call) -> list[Line]:
        """Caller, agent, specialist: the callers' own number is what tells them apart."""
        caller = next(line for line in self.callers.lines.values() if f"<sip:{call.number}@" in line.local)
        agent = next(line for line in self.agents.came_in if header(line, CALL_HEADER) == call.id)
        specialist = self.specialist(call)
        assert specialist is not None
        return [caller, agent, specialist]


@pytest.mark.timeout(900)
async def test_more_than_twenty_three_way_talks_at_once(asterisk: AsteriskOnly, here: Live) -> None:
    async with AsyncExitStack() as opened:
        crowd = Crowd(asterisk, here)
        for booth in (crowd.callers, crowd.agents, crowd.specialists):
            await opened.enter_async_context(booth)
        await crowd.at_work()
        await crowd.all_call()
        calls = crowd.calls(CallState.TALKING)
        await asyncio.gather(*(crowd.to_three(call) for call in calls))
        tones = {line.tone for call in calls for line in crowd.parties(call)}
        assert len(tones) == 3 * CALLS
        for call in calls:
            await hear_each_other(crowd.parties(call), tones)
        print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        for line in crowd.callers.lines.values():
            line.hang_up()
        await here.until(lambda: len(crowd.calls(CallState.ENDED)) == CALLS)
        await here.until(lambda: all(line.over.is_set() for call in calls for line in crowd.parties(call)))
        await asyncio.to_thread(asterisk.wait_idle)
        for call in calls:
            await asyncio.to_thread(every_voice_is_on_file, asterisk, call, crowd.parties(call), tones)


async def hear_each_other(parties: list[Line], tones: set[int]) -> None:
    """Each hears just the two others; asked again until it is so."""
    heard: list[set[int]] = []
    wanted = [{other.tone for other in parties} - {line.tone} for line in parties]
    for _ in range(int(LONG / SETTLES)):
        heard = [line.hears(tones) for line in parties]
        if heard == wanted:
            return
        await asyncio.sleep(SETTLES)
    assert heard == wanted


def every_voice_is_on_file(asterisk: AsteriskOnly, call: Call, parties: list[Line], tones: set[int]) -> None:
    files = sorted(asterisk.recordings.rglob(f"{call.id}.*.sln"))
    assert len(files) == len(parties)
    for file in files:
        recorded = hear(file)
        there = {tone for tone in tones if recorded.tone_seconds(tone, window=0.2) >= 0.3}
        own = {line.tone for line in parties}
        foreign = {tone for tone in there - own if all(abs(tone - played) > CLOSE for played in PLAYED)}
        assert own <= there, file.name
        assert not foreign, file.name

"""Pausing the recording for sensitive data: every file of the call or none, and never for ever."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cti.asterisk.actions import action_of
from cti.asterisk.asked import ActionRefused
from cti.core.commands import Command
from cti.core.ids import AgentId, CallId, Channel
from cti.core.recording_commands import MuteRecording
from cti.core.refusals import AmiDown, BadCommand, CallGone, NotRecorded, NotYourCall, RecordingIsPaused, RecordingRuns
from cti.desk_commands import DeskCommands
from cti.recording_control import RecordingControl
from hotline.phone.ear import Heard, write_tone
from hotline.runtime.agents_config import PHONE, Desk
from storage.wav import RATE
from tests.cti.calls import Line, Message
from tests.cti.fakes import House, ListJournal, ListSwitch, house
from tests.cti.test_on_asterisk import ME, PASSWORD, live, talking
from tests.telephony.asterisk_only import AsteriskOnly

LIMIT = timedelta(seconds=120)
REASON = {"reason": "银行卡号"}
PAUSED_S = 2.0


class Paused:
    """A call of 1001, recorded on both legs."""

    def __init__(self, home: House) -> None:
        self.home, self.line = home, Line()
        self.control = RecordingControl(home.engine, LIMIT)
        self.commands = DeskCommands(home.engine, recording=self.control)

    async def begins(self, *, recorded: bool = True) -> None:
        line = self.line
        await self.home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        if recorded:
            await self.home.hear(line.caller("MixMonitorStart"), self.agent_starts())

    def agent_starts(self, leg: str = "a1") -> Message:
        return {**self.line.agent_gone(leg=leg), "Event": "MixMonitorStart"}

    async def asks(self, kind: str, actor: str = ME, **args: object) -> None:
        await self.commands.carry_out(AgentId(actor), kind, {"call_id": self.line.call, **args})

    def mutes(self) -> list[tuple[str, bool]]:
        done = [each for each in self.home.switch.of(MuteRecording) if isinstance(each, MuteRecording)]
        return [(each.channel.partition("/")[2].partition("-")[0], each.muted) for each in done]

    @property
    def paused(self) -> str:
        call = self.home.engine.stories[CallId(self.line.call)].call
        assert call is not None
        return call.recording_paused


@asynccontextmanager
async def call(*, recorded: bool = True) -> AsyncIterator[Paused]:
    async with house() as home:
        here = Paused(home)
        await here.begins(recorded=recorded)
        yield here


async def test_a_pause_silences_every_file_and_a_resume_records_them_again() -> None:
    async with call() as here:
        await here.asks("record_pause", **REASON)
        await here.home.settle()
        assert here.paused == "银行卡号"
        assert set(here.mutes()) == {("test", True), ("1001", True)}
        with pytest.raises(RecordingIsPaused):
            await here.asks("record_pause", **REASON)
        await here.asks("record_resume")
        assert here.paused == ""
        assert set(here.mutes()[-2:]) == {("test", False), ("1001", False)}
        with pytest.raises(RecordingRuns):
            await here.asks("record_resume")
        told = [(entry.kind, entry.agent_id, entry.body.get("reason")) for entry in here.home.journal.entries]
        assert told[-2:] == [("RecordingPaused", ME, "银行卡号"), ("RecordingResumed", ME, None)]


async def test_a_leg_that_joins_during_a_pause_is_silent_from_its_beginning() -> None:
    async with call(recorded=False) as here:
        await here.home.hear(here.line.caller("MixMonitorStart"))
        await here.asks("record_pause", **REASON)
        await here.home.settle()
        await here.home.hear(here.agent_starts())
        assert here.mutes()[-1] == ("1001", True)


async def test_a_forgotten_pause_ends_by_itself_also_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.recording_control.LOOK_EVERY", 0.01)
    async with call() as here:
        await here.asks("record_pause", **REASON)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(RecordingControl(here.home.engine, LIMIT).run())
            await asyncio.sleep(0.05)
            assert here.paused
            here.home.clock.pass_(LIMIT.total_seconds())
            async with asyncio.timeout(20):
                while here.paused:  # noqa: ASYNC110 - the event is told by another task
                    await asyncio.sleep(0.01)
            looking.cancel()
        assert here.home.journal.entries[-1].kind == "RecordingResumed"
        assert here.home.journal.entries[-1].body["agent"] == ""
        assert set(here.mutes()[-2:]) == {("test", False), ("1001", False)}


async def test_when_one_file_cannot_be_silenced_none_is_and_the_call_is_not_paused() -> None:
    async with call() as here:
        here.home.switch = here.home.engine.switch = Reluctant()
        with pytest.raises(AmiDown):
            await here.asks("record_pause", **REASON)
        assert here.paused == ""
        assert ("test", False) in here.mutes()[1:], "what was silenced records again"


async def test_only_who_is_in_the_call_may_pause_it_and_only_while_it_is_recorded() -> None:
    async with call(recorded=False) as here:
        with pytest.raises(NotRecorded):
            await here.asks("record_pause", **REASON)
        with pytest.raises(NotYourCall):
            await here.asks("record_pause", "1002", **REASON)
        for bad in ({}, {"reason": ""}, {"reason": "a\nb"}, {"reason": "长" * 31}):
            with pytest.raises(BadCommand):
                await here.asks("record_pause", **bad)
        await here.home.hear(here.line.agent_gone(), here.line.gone())
        with pytest.raises(CallGone):
            await here.asks("record_pause", **REASON)


@pytest.mark.parametrize("channel", ["PJSIP/1001", "Local/x@y-00000001;1", "PJSIP/1001-0000000a\r\nAction: x", ""])
def test_a_channel_that_is_no_phone_is_never_put_into_an_action(channel: str) -> None:
    with pytest.raises(ActionRefused):
        action_of(MuteRecording(call_id=CallId("HC1"), channel=Channel(channel), muted=True))


class Reluctant(ListSwitch):
    """Cannot silence the agent's file."""

    async def carry_out(self, command: Command) -> None:
        if isinstance(command, MuteRecording) and command.muted and "1001" in command.channel:
            raise AmiDown
        await super().carry_out(command)


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskOnly]:
    with tempfile.TemporaryDirectory(prefix="hl-pause-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        desk = Desk(agent=ME, extension=ME, name="王敏", password=PASSWORD, device=PHONE)
        changes = {"HOTLINE_ASSETS": f"{folder}/assets"}
        with AsteriskOnly(Path(folder) / "home", desks=[desk], changes=changes) as running:
            yield running


async def test_on_a_real_asterisk_both_files_are_silent_in_place_while_the_two_go_on_talking(
    asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    """As many seconds are silent as the pause lasted, on both files, and no second is missing from either."""
    tones = [write_tone(tmp_path / f"{hertz}.wav", hertz, 60) for hertz in (440, 1000)]
    async with (
        live(asterisk.settings.port("ami"), ListJournal()) as here,
        talking(asterisk, here) as (caller, desk, it),
    ):
        here.commands = DeskCommands(here.engine, recording=RecordingControl(here.engine, LIMIT))
        for phone, tone in zip((caller, desk), tones, strict=True):
            phone.play(tone)
        await here.until(lambda: here.call is not None and len(here.call.recordings) == 2)
        await asyncio.sleep(2)
        await here.commands.carry_out(ME, "record_pause", {"call_id": it.id, **REASON})
        await asyncio.sleep(PAUSED_S)
        await here.commands.carry_out(ME, "record_resume", {"call_id": it.id})
        await asyncio.sleep(2)
        paths = {each.role: asterisk.recordings / each.path for each in (here.call or it).recordings}
    (paused,) = [entry.at for entry in here.journal.entries if entry.kind == "RecordingPaused"]
    (resumed,) = [entry.at for entry in here.journal.entries if entry.kind == "RecordingResumed"]
    lasted = (resumed - paused).total_seconds()
    for role in ("caller", "agent"):
        heard = sound(paths[role])
        for tone in (440, 1000):
            talked = heard.tone_seconds(tone)
            assert talked > 2.5, (role, tone, "both parties are on each file, before and after")
        talk = heard.part((heard.first_heard() or 0) if role == "agent" else heard.seconds - 6.5)
        assert talk.longest_silence() == pytest.approx(lasted, abs=0.7), role


def sound(path: Path) -> Heard:
    import numpy

    raw = path.read_bytes()
    assert os.path.getsize(path) % 2 == 0
    return Heard(numpy.frombuffer(raw, "<i2").astype(numpy.float64) / 32768, RATE)

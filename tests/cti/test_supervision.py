"""Who hears whom while a supervisor listens, whispers, barges in and takes over: a real Asterisk, real phones."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from cti.asterisk import cel
from cti.core.agreement import Difference, differences
from cti.core.call import Call, CallState
from cti.core.events import CallerHungUp, CallEvent
from cti.core.hearing import told_legs
from cti.core.ids import AgentId, CallId
from cti.core.refusals import AgentNotInCall, CallGone, NotSupervising, NotSupervisor, OwnCall
from hotline.phone.client import Phone
from hotline.phone.ear import Heard, hear, write_tone
from hotline.runtime.agents_config import PHONE, Desk
from hotline.wiring.call_log import CallLog, lines_of, path_of
from tests.cti.fakes import ListJournal
from tests.cti.test_on_asterisk import Live, live
from tests.patience import LONG
from tests.telephony.asterisk_only import AsteriskOnly

TONES = {"caller": 440.0, "1001": 1000.0, "9001": 1500.0}
AGENT, SUPERVISOR = AgentId("1001"), AgentId("9001")
ROLES = {"roles": ["agent", "supervisor"]}
PASSWORD = "desk-for-tests"  # noqa: S105
LISTENED = 2.0
"""Each ear is open for so many seconds; a tone heard for more than half of them is heard."""


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskOnly]:
    """Asterisk as rendered, in test mode, with an agent's and a supervisor's phone."""
    desks = [
        Desk(agent=who, extension=who, name=name, password=PASSWORD, device=PHONE)
        for who, name in (("1001", "王敏"), ("9001", "周立"))
    ]
    with tempfile.TemporaryDirectory(prefix="hl-sup-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        changes = {"HOTLINE_ASSETS": f"{folder}/assets"}
        with AsteriskOnly(Path(folder) / "home", desks=desks, changes=changes) as running:
            yield running


class Watched:
    """A call in progress with a supervisor signed on beside it; `hears` opens all ears at once."""

    def __init__(self, here: Live, phones: dict[str, Phone], call: Call, folder: Path) -> None:
        self.here, self.phones, self.call, self._folder = here, phones, call, folder

    async def asks(self, kind: str, **args: object) -> None:
        await self.here.commands.carry_out(SUPERVISOR, kind, {**ROLES, **args})

    async def mode(self, kind: str) -> None:
        """Ask for it, and wait until the engine says that it is so."""
        before = len(self.modes())
        await self.asks(kind, agent=AGENT)
        await self.here.until(lambda: len(self.modes()) > before and self.modes()[-1] == kind)
        await asyncio.sleep(0.5)

    def modes(self) -> list[str]:
        rows = [entry for entry in self.here.journal.entries if entry.kind == "SupervisionStarted"]
        return [str(row.body["mode"]) for row in rows]

    async def hears(self) -> dict[str, set[str]]:
        """Ear → whose tones it hears."""
        files = {who: self._folder / f"{who}.wav" for who in self.phones}
        for who, phone in self.phones.items():
            await asyncio.to_thread(phone.record, files[who])
        await asyncio.sleep(LISTENED)
        for phone in self.phones.values():
            await asyncio.to_thread(phone.stop_recording)
        return {who: tones_in(hear(file)) - {who} for who, file in files.items()}


def tones_in(heard: Heard) -> set[str]:
    return {who for who, tone in TONES.items() if heard.tone_seconds(tone) > LISTENED / 2}


@asynccontextmanager
async def watched(asterisk: AsteriskOnly, folder: Path) -> AsyncIterator[Watched]:
    async with AsyncExitStack() as ending:
        here = await ending.enter_async_context(live(asterisk.settings.port("ami"), ListJournal()))
        phones: dict[str, Phone] = {}
        for number, who in enumerate(TONES):
            phone = await asyncio.to_thread(Phone.of, asterisk.settings, number)
            ending.push_async_callback(asyncio.to_thread, phone.quit)
            phones[who] = phone
            phone.play(write_tone(folder / f"tone-{who}.wav", TONES[who], 5))
            if who != "caller":
                at = f"127.0.0.1:{asterisk.settings.port('sip')}"
                await asyncio.to_thread(phone.register, who, PASSWORD, at)
        await here.at_work()
        await here.commands.carry_out(SUPERVISOR, "sign_on", {"queues": ["general"]})
        phones["caller"].call(asterisk.address(), number="13800000001")
        call = await here.reaches(CallState.TALKING, seconds=20)
        yield Watched(here, phones, call, folder)
    await asyncio.to_thread(asterisk.wait_idle)


async def test_supervisor_listens_whispers_barges_in_and_takes_over(asterisk: AsteriskOnly, tmp_path: Path) -> None:
    async with watched(asterisk, tmp_path) as talk:
        await talk.mode("listen")
        assert await talk.hears() == {"caller": {"1001"}, "1001": {"caller"}, "9001": {"caller", "1001"}}
        assert talk.here.engine.agents.agents[AGENT].supervised_by == (SUPERVISOR,)
        await talk.mode("whisper")
        assert await talk.hears() == {"caller": {"1001"}, "1001": {"caller", "9001"}, "9001": {"caller", "1001"}}
        await talk.mode("barge")
        assert await talk.hears() == {
            "caller": {"1001", "9001"}, "1001": {"caller", "9001"}, "9001": {"caller", "1001"}
        }  # fmt: skip
        await talk.asks("take_over", call_id=talk.call.id)
        await asyncio.to_thread(talk.phones["1001"].wait_over, seconds=10)
        await talk.here.until(lambda: talk.here.engine.agents.agents[SUPERVISOR].state.value == "talking")
        await asyncio.sleep(0.5)
        assert await talk.hears() == {"caller": {"9001"}, "1001": set(), "9001": {"caller"}}
        assert talk.here.engine.agents.agents[AGENT].state.value == "wrap-up"
        call = await talk.here.reaches(CallState.TALKING)
        assert (call.talking.agent if call.talking else "") == SUPERVISOR
        assert call.waited_s == talk.call.waited_s
        await talk.asks("hold", call_id=call.id)
        await talk.asks("retrieve", call_id=call.id)
        await talk.asks("hang_up", call_id=call.id)
        await talk.here.reaches(CallState.ENDED)
    assert await unlike_cel(asterisk, talk.here, talk.call.id) == []


async def unlike_cel(asterisk: AsteriskOnly, here: Live, call_id: CallId) -> list[Difference]:
    """Where the record of a call, and of its supervisor, differs from Asterisk's own log of it."""
    await asyncio.to_thread(asterisk.wait_idle)
    await here.until(lambda: any(isinstance(each, CallerHungUp) for each in in_cel(asterisk, call_id)))
    told = in_cel(asterisk, call_id)
    assert "supervisor" in {leg.role for leg in told_legs(told)}
    return differences(call_id, here.engine.stories[call_id].events, told)


def in_cel(asterisk: AsteriskOnly, call_id: CallId) -> tuple[CallEvent, ...]:
    return cel.events_of(call_id, cel.by_call(cel.rows_of(lines_of(path_of(asterisk.settings))))[call_id])


async def test_a_supervisor_who_leaves_while_cti_is_down_is_whole_in_the_record(
    asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    async with watched(asterisk, tmp_path) as talk:
        await talk.mode("listen")
        await talk.mode("whisper")
        talk.here.stop()
        await asyncio.to_thread(talk.phones["9001"].hang_up)
        await asyncio.to_thread(talk.phones["9001"].wait_over, seconds=LONG)
        await asyncio.to_thread(talk.phones["caller"].hang_up)
        await asyncio.to_thread(asterisk.wait_idle)
        call_id, journal = talk.call.id, talk.here.journal
        await talk.here.until(lambda: any(isinstance(each, CallerHungUp) for each in in_cel(asterisk, call_id)))
    call_log = CallLog(path_of(asterisk.settings))
    async with live(asterisk.settings.port("ami"), journal, call_log) as again:
        await again.until(lambda: call_id in again.engine.stories and _is_over(again, call_id))
        assert await unlike_cel(asterisk, again, call_id) == []
    kinds = [entry.kind for entry in journal.entries if entry.call_id == call_id]
    assert kinds.count("SupervisionStarted") == 2
    assert kinds.count("SupervisionEnded") == 1
    assert "CallCut" not in kinds


def _is_over(here: Live, call_id: CallId) -> bool:
    call = here.engine.stories[call_id].call
    return call is not None and call.state is CallState.ENDED


@pytest.mark.matrix
async def test_a_supervisor_barges_into_a_call_in_its_room_and_leaves_it_as_it_was(
    asterisk: AsteriskOnly, tmp_path: Path
) -> None:
    async with watched(asterisk, tmp_path) as talk:
        for kind in ("hold", "retrieve"):
            await talk.here.commands.carry_out(AGENT, kind, {"call_id": talk.call.id})
        await talk.mode("listen")
        assert await talk.hears() == {"caller": {"1001"}, "1001": {"caller"}, "9001": {"caller", "1001"}}
        await talk.mode("barge")
        everybody = {"caller", "1001", "9001"}
        assert await talk.hears() == {who: everybody - {who} for who in everybody}
        await talk.asks("spy_end")
        await asyncio.to_thread(talk.phones["9001"].wait_over, seconds=10)
        assert await talk.hears() == {"caller": {"1001"}, "1001": {"caller"}, "9001": set()}
        await talk.here.until(lambda: talk.here.engine.agents.agents[AGENT].supervised_by == ())
        with pytest.raises(NotSupervising):
            await talk.asks("spy_end")
        await talk.mode("listen")
        await talk.asks("take_over", call_id=talk.call.id)
        await asyncio.to_thread(talk.phones["1001"].wait_over, seconds=10)
        await asyncio.sleep(0.5)
        assert await talk.hears() == {"caller": {"9001"}, "1001": set(), "9001": {"caller"}}
        await asyncio.to_thread(talk.phones["caller"].hang_up)
        await asyncio.to_thread(talk.phones["9001"].wait_over, seconds=10)


async def test_what_a_supervisor_may_not_do_is_refused_and_rings_nobody(asterisk: AsteriskOnly, tmp_path: Path) -> None:
    async with watched(asterisk, tmp_path) as talk:
        commands = talk.here.commands
        for args in ({"agent": AGENT}, {"agent": AGENT, "roles": ["agent"]}, {"agent": AGENT, "roles": "supervisor"}):
            with pytest.raises(NotSupervisor):
                await commands.carry_out("9001", "listen", args)
        with pytest.raises(OwnCall):
            await commands.carry_out(AGENT, "listen", {**ROLES, "agent": AGENT})
        with pytest.raises(AgentNotInCall):
            await talk.asks("listen", agent="1002")
        with pytest.raises(NotSupervising):
            await talk.asks("take_over", call_id=talk.call.id)
        with pytest.raises(CallGone):
            await talk.asks("take_over", call_id="HCgone")
        channels = await asyncio.to_thread(asterisk.channels)
        assert not [name for name in channels if name.startswith("PJSIP/9001")]

"""What agents do and what calls do to agents, on the whole engine with paper around it."""

from __future__ import annotations

import asyncio

import pytest

from cti.core.call import CallState
from cti.core.commands import AddMember, HangUpLeg, HoldCaller, PauseMember, RemoveMember, RetrieveCaller, UnpauseMember
from cti.core.ids import AgentId, CallId
from cti.core.refusals import (
    AlreadyHeld,
    AmiDown,
    BadCommand,
    CallGone,
    InCall,
    NotHeld,
    NotInCall,
    NotInWrapUp,
    NotSignedOn,
    NotYourCall,
    Refusal,
    UnknownCommand,
)
from cti.desk_commands import DeskCommands
from tests.cti.calls import Line
from tests.cti.fakes import House, ListJournal, house
from tests.patience import LONG

ME = AgentId("1001")


def state_of(home: House, agent: str = ME) -> tuple[str, str]:
    known = home.engine.agents.agents[AgentId(agent)]
    return known.state.value, known.reason


async def at_work(home: House, agent: str = ME) -> DeskCommands:
    """An agent who is signed on and ready."""
    commands = DeskCommands(home.engine)
    await commands.carry_out(agent, "sign_on", {"queues": ["general", "enterprise"]})
    await commands.carry_out(agent, "ready", {})
    return commands


async def test_agent_signs_on_paused_and_becomes_ready() -> None:
    async with house() as home:
        commands = DeskCommands(home.engine)
        await commands.carry_out(ME, "sign_on", {"queues": ["general", "enterprise"]})
        assert state_of(home) == ("paused", "签入")
        assert [(c.queue, c.reason) for c in home.switch.of(AddMember)] == [
            ("general", "paused:签入"),
            ("enterprise", "paused:签入"),
        ]  # type: ignore[attr-defined]
        await commands.carry_out(ME, "ready", {})
        assert state_of(home) == ("ready", "")
        assert home.switch.done[-1] == UnpauseMember(agent=ME)
        assert home.journal.kinds == ["AgentSignedOn", "AgentBecameReady"]


async def test_signing_on_again_after_a_reload_changes_nothing() -> None:
    async with house() as home:
        commands = await at_work(home)
        done = len(home.switch.done)
        await commands.carry_out(ME, "sign_on", {"queues": ["general", "enterprise"]})
        assert (state_of(home), len(home.switch.done)) == (("ready", ""), done)


async def test_pause_has_a_reason_that_the_queue_keeps() -> None:
    async with house() as home:
        commands = await at_work(home)
        await commands.carry_out(ME, "pause", {"reason": "用餐"})
        assert state_of(home) == ("paused", "用餐")
        assert home.switch.done[-1] == PauseMember(agent=ME, reason="paused:用餐")
        await commands.carry_out(ME, "sign_off", {})
        assert {c.queue for c in home.switch.of(RemoveMember)} == {"general", "enterprise"}  # type: ignore[attr-defined]


async def test_a_call_rings_is_answered_and_ends_in_wrap_up_then_ready() -> None:
    async with house(wrap_up_seconds=30) as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings())
        assert state_of(home) == ("ringing", "")
        row = home.desks.last("calls", line.call)
        assert isinstance(row, dict)
        assert (row["state"], row["ringing"], row["number"]) == ("ringing", ["1001"], "13800000001")
        await home.hear(line.answered())
        assert state_of(home) == ("talking", "")
        home.switch.done.clear()
        await home.hear(line.agent_gone(), line.gone())
        assert state_of(home) == ("wrap-up", "")
        (pause,) = home.switch.done
        assert isinstance(pause, PauseMember)
        assert pause.reason.startswith("wrap-up:")
        await commands.carry_out(ME, "wrap_up_done", {})
        assert state_of(home) == ("ready", "")


async def test_wrap_up_ends_by_itself() -> None:
    async with house(wrap_up_seconds=1) as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered(), line.agent_gone(), line.gone())
        assert state_of(home)[0] == "wrap-up"
        home.clock.pass_(1.1)
        await home.until(lambda: state_of(home) == ("ready", ""))


async def test_wrap_up_ends_by_itself_although_asterisk_could_not_be_told_that_it_began() -> None:
    async with house(wrap_up_seconds=1) as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        home.switch.ready = False
        await home.hear(line.agent_gone(), line.gone())
        assert state_of(home)[0] == "wrap-up"
        home.switch.ready = True
        home.clock.pass_(1.1)
        await home.until(lambda: state_of(home) == ("ready", ""))


async def test_wrap_up_ends_although_the_timer_fired_before_the_clock_said_so() -> None:
    async with house(wrap_up_seconds=1) as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered(), line.agent_gone(), line.gone())
        home.clock.pass_(0.8)
        await asyncio.sleep(1.1)
        await home.settle()
        assert state_of(home)[0] == "wrap-up"
        home.clock.pass_(0.3)
        await home.until(lambda: state_of(home) == ("ready", ""))


async def test_an_agent_who_does_not_answer_is_ready_again_and_the_next_one_rings() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await at_work(home, "1002")
        await home.hear(line.arrives(), line.joins(), line.rings("1001", "a1"), line.agent_gone("1001", "a1", "0"))
        assert state_of(home, "1001") == ("ready", "")
        await home.hear(line.rings("1002", "a2"), line.answered("1002", "a2"))
        assert state_of(home, "1002") == ("talking", "")
        assert home.journal.kinds[-4:] == ["AgentRang", "AgentDidNotAnswer", "AgentRang", "AgentAnswered"]


async def test_a_caller_who_gives_up_while_a_desk_rings_frees_that_desk() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(
            line.arrives(), line.joins(), line.rings(), line.caller("QueueCallerAbandon", Queue="hl-general")
        )
        await home.hear(line.gone())
        assert state_of(home) == ("ready", "")


async def test_first_hold_moves_the_agent_into_the_room_later_holds_move_the_caller_only() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        await hold(home, commands, line)
        await retrieve(home, commands, line)
        await hold(home, commands, line)
        first, second = home.switch.of(HoldCaller)
        assert isinstance(first, HoldCaller)
        assert isinstance(second, HoldCaller)
        assert (first.agent_channel, second.agent_channel) == ("PJSIP/1001-0000000a", None)
        assert len(home.switch.of(RetrieveCaller)) == 1
        with pytest.raises(AlreadyHeld):
            await commands.carry_out(ME, "hold", {"call_id": line.call})


async def test_two_clicks_on_hold_hold_once() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        clicks = [
            asyncio.get_running_loop().create_task(commands.carry_out(ME, "hold", {"call_id": line.call}))
            for _ in range(2)
        ]
        await home.until(lambda: home.switch.of(HoldCaller))
        home.engine.on_message(line.hold_music())
        results = await asyncio.gather(*clicks, return_exceptions=True)
        assert [type(result) for result in results] == [type(None), AlreadyHeld]
        assert len(home.switch.of(HoldCaller)) == 1


async def hold(home: House, commands: DeskCommands, line: Line) -> None:
    before = len(home.switch.of(HoldCaller))
    asked = asyncio.get_running_loop().create_task(commands.carry_out(ME, "hold", {"call_id": line.call}))
    await home.until(lambda: len(home.switch.of(HoldCaller)) > before)
    home.engine.on_message(line.hold_music())
    await asked


async def retrieve(home: House, commands: DeskCommands, line: Line) -> None:
    before = len(home.switch.of(RetrieveCaller))
    asked = asyncio.get_running_loop().create_task(commands.carry_out(ME, "retrieve", {"call_id": line.call}))
    await home.until(lambda: len(home.switch.of(RetrieveCaller)) > before)
    home.engine.on_message(line.in_room())
    await asked


@pytest.mark.parametrize(
    ("actor", "kind", "args", "refusal"),
    [
        ("1002", "hold", {"call_id": "HCdemo-1-1795000000.1"}, NotYourCall),
        ("1001", "hold", {"call_id": "HCgone"}, CallGone),
        ("1001", "retrieve", {"call_id": "HCdemo-1-1795000000.1"}, NotHeld),
        ("1001", "wrap_up_extend", {}, NotInWrapUp),
        ("1001", "ready", {}, InCall),
        ("1001", "sign_off", {}, InCall),
        ("1001", "wrap_up_done", {}, NotInWrapUp),
        ("1002", "ready", {}, NotSignedOn),
        ("1002", "sign_on", {"queues": ["a b"]}, BadCommand),
        ("1002", "sign_on", {"queues": []}, BadCommand),
        ("1001", "pause", {"reason": "用\r\n餐"}, BadCommand),
        ("10\r\n01", "ready", {}, BadCommand),
        ("1001", "sing", {}, UnknownCommand),
        ("1001", "hang_up", {}, BadCommand),
    ],
)
async def test_refusals_have_their_own_codes(
    actor: str, kind: str, args: dict[str, object], refusal: type[Refusal]
) -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        done = len(home.switch.done)
        with pytest.raises(refusal):
            await commands.carry_out(actor, kind, args)
        assert len(home.switch.done) == done


async def test_a_call_in_the_menu_is_nobodys_to_hold() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives())
        with pytest.raises(NotInCall):
            await commands.carry_out(ME, "hold", {"call_id": line.call})


async def test_hanging_up_ends_the_agents_leg_and_leaves_the_caller_to_the_dialplan() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        await commands.carry_out(ME, "hang_up", {"call_id": line.call})
        assert home.switch.done[-1] == HangUpLeg(call_id=CallId(line.call), channel="PJSIP/1001-0000000a", cause=16)  # type: ignore[arg-type]


async def test_with_ami_down_commands_are_refused_in_words_and_nothing_is_written() -> None:
    async with house() as home:
        commands = await at_work(home)
        home.switch.ready = False
        written = len(home.journal.entries)
        with pytest.raises(AmiDown):
            await commands.carry_out(ME, "pause", {"reason": "用餐"})
        assert len(home.journal.entries) == written
        assert state_of(home) == ("ready", "")


@pytest.mark.parametrize("broken", [True, False])
async def test_a_journal_that_fails_or_is_slow_stops_no_hang_up_and_no_call(
    broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow one stores nothing until all is over; a hang-up does not even wait its 50 ms for it."""
    journal = ListJournal()
    async with house(journal=journal) as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        journal.broken, journal.held = broken, not broken
        with monkeypatch.context() as patient:
            patient.setattr("cti.journaling.WAIT_SECONDS", 10 * LONG)
            async with asyncio.timeout(LONG):
                await commands.carry_out(ME, "hang_up", {"call_id": line.call})
        stored = len(journal.entries)
        async with asyncio.timeout(LONG):
            await home.hear(line.agent_gone(), line.gone())
        assert len(journal.entries) == stored
        assert home.engine.stories[CallId(line.call)].call.state is CallState.ENDED  # type: ignore[union-attr]
        assert home.engine._journaling.failing
        journal.let_go()


async def test_a_recording_that_was_finished_when_cti_died_is_told_of_by_the_next_one() -> None:
    line = Line()
    async with house() as before:
        await at_work(before)
        await before.hear(line.arrives(), line.caller("MixMonitorStart"), line.joins(), line.gone())
        assert "RecordingClosed" not in before.journal.kinds
        journal = before.journal
    async with house(journal=journal) as home:
        await home.engine._close_forgotten()
        await home.settle()
        assert journal.kinds.count("RecordingClosed") == 1
        await home.engine._close_forgotten()
        await home.settle()
        assert journal.kinds.count("RecordingClosed") == 1
        assert len(home.recordings.closed) == 1


async def test_recordings_are_closed_after_the_legs_that_made_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.engine.CLOSE_AFTER", 0.01)
    async with house() as home:
        line = Line()
        await at_work(home)
        started = {**line.agent_gone(), "Event": "MixMonitorStart"}
        await home.hear(
            line.arrives(), line.caller("MixMonitorStart"), line.joins(), line.rings(), started, line.answered()
        )
        await home.hear(line.agent_gone(), line.gone())
        await home.until(lambda: len(home.recordings.closed) == 2)
        await home.settle()
        assert home.recordings.closed == [
            "2026/11/18/HCdemo-1-1795000000.1.agent-a1.sln",
            "2026/11/18/HCdemo-1-1795000000.1.caller.sln",
        ]
        assert home.journal.kinds.count("RecordingClosed") == 2


async def test_queue_figures_follow_the_calls() -> None:
    async with house() as home:
        await at_work(home)
        lines = [Line(f"HCdemo-1-179500000{n}.1") for n in range(3)]
        for line in lines:
            await home.hear(line.arrives(), line.joins())
        assert home.engine.board.state()["queues"]["general"]["waiting"] == 3
        await home.hear(lines[0].rings(), lines[0].answered())
        row = home.engine.board.state()["queues"]["general"]
        assert (row["waiting"], row["talking"], row["ready"]) == (2, 1, 0)


async def test_three_rounds_of_three_hundred_calls_leave_nothing_behind() -> None:
    async with house() as home:
        for round_ in range(3):
            for number in range(300):
                line = Line(f"HCdemo-1-17950{round_}{number:03d}.1")
                for message in (
                    line.arrives(),
                    line.joins(),
                    line.caller("QueueCallerAbandon", Queue="hl-general"),
                    line.gone(),
                ):
                    home.engine.on_message(message)
            await home.settle()
            home.clock.pass_(60)
            home.engine._forget(home.clock.now())
            assert (len(home.engine.stories), len(home.engine.lanes), len(home.engine._heard)) == (0, 0, 0)
            assert home.engine.board.state()["calls"] == {}
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) <= 2

"""After a cut or a restart: what is there is found again, what is gone is said to be cut."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest

from cti.asterisk import snapshot as asking
from cti.asterisk.connection import AmiConnection
from cti.core.agent import Agent, AgentState
from cti.core.call import CallState
from cti.core.commands import AddMember, PauseMember, RemoveMember, UnpauseMember
from cti.core.events import AgentLeft, CallerHungUp
from cti.core.ids import AgentId, CallId, LegId, QueueName
from cti.core.ports import JournalEntry
from cti.core.snapshot import Member, Snapshot
from cti.recovery import adopted, corrections
from tests.cti.calls import Line
from tests.cti.fakes import START, House, ListJournal, TestClock, house
from tests.cti.test_desk_and_calls import at_work, state_of

Message = dict[str, str]


def channel(line: Line, *, agent: str = "", leg: str = "", bridge: str = "", context: str = "hl-queue") -> Message:
    """One CoreShowChannel of the caller, or of an agent's leg."""
    return {
        "Event": "CoreShowChannel",
        "Channel": f"PJSIP/{agent}-0000000a" if agent else "PJSIP/test-citizen-00000001",
        "ChannelStateDesc": "Up",
        "CallerIDNum": line.number,
        "CallerIDName": "张三",
        "Uniqueid": leg or line.leg,
        "ChanVariable(HOTLINE_CALL_ID)": line.call,
        "ChanVariable(HOTLINE_ROLE)": "agent" if agent else "caller",
        "Context": context,
        "Duration": "00:01:00",
        "BridgeId": bridge,
    }


def talking(line: Line) -> list[Message]:
    return [line.bridged("b1"), line.bridged("b1", role="agent", leg="a1")]


def member(
    agent: str = "1001", queue: str = "general", *, paused: bool = False, reason: str = "", status: str = "1"
) -> Message:
    return {
        "Event": "QueueMember",
        "Queue": f"hl-{queue}",
        "Location": f"PJSIP/{agent}",
        "Paused": str(int(paused)),
        "PausedReason": reason,
        "Status": status,
    }


def seen(home: House, *channels: Message, queues: list[Message] | None = None, generation: int = 2) -> Snapshot:
    return asking.read(generation, home.clock.now(), queues or [member()], [], channels)


async def show(home: House, snapshot: Snapshot) -> None:
    home.clock.pass_(1)
    home.engine.on_snapshot(snapshot)
    await home.settle()
    await asyncio.sleep(0.1)
    await home.settle()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.engine.CUT_AFTER", 0.05)


async def test_a_call_that_asterisk_lost_is_cut_and_its_agent_is_free_again() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        await show(home, seen(home))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, call.end) == (CallState.ENDED, "missing at resync")
        assert home.journal.kinds[-3:] == ["AgentLeft", "CallCut", "AgentWrapUpStarted"]
        assert state_of(home)[0] == "wrap-up"


async def test_a_call_that_asterisk_took_with_it_ended_when_it_was_last_heard_not_when_it_is_back() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        home.clock.pass_(5)
        home.engine.on_lost()
        died = home.clock.at
        home.clock.pass_(60)
        home.engine.on_lost()  # the other session, or a log-in that failed
        await show(home, seen(home))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, call.ended_at) == (CallState.ENDED, died)
        second = Line("HCdemo-1-1795000099.9", "13900000002")
        await home.hear(second.arrives())
        await show(home, seen(home, generation=3))
        later = home.engine.stories[CallId(second.call)].call
        assert later is not None
        assert later.ended_at is not None
        assert later.ended_at > died + timedelta(seconds=60)


async def test_a_call_that_is_still_there_goes_on() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered(), *talking(line))
        before = list(home.journal.kinds)
        legs = channel(line, bridge="b1"), channel(line, agent="1001", leg="a1", bridge="b1")
        await show(home, seen(home, *legs))
        assert [kind for kind in home.journal.kinds if kind != "AgentLineUp"] == before


async def test_a_hang_up_that_was_still_on_its_way_is_not_called_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.engine.CUT_AFTER", 1.0)
    async with house() as home:
        line = Line()
        await home.hear(line.arrives())
        snapshot = seen(home)
        home.clock.pass_(1)
        home.engine.on_snapshot(snapshot)
        await home.hear(line.gone())
        await asyncio.sleep(1.1)
        await home.settle()
        assert home.journal.kinds[-1] == "CallerHungUp"


async def test_what_happened_unseen_is_caught_up_with() -> None:
    """AMI was away while a waiting caller was answered, then held."""
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins())
        legs = channel(line, context="hl-hold"), channel(line, agent="1001", leg="a1", bridge="room")
        await show(home, seen(home, *legs))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, call.in_room) == (CallState.HELD, True)
        assert state_of(home)[0] == "talking"


async def test_an_answer_of_an_older_session_is_void() -> None:
    async with house() as home:
        line = Line()
        await home.hear(line.arrives())
        await show(home, seen(home, channel(line), generation=5))
        await show(home, seen(home, generation=4))
        assert home.engine.stories[CallId(line.call)].call.state is not CallState.ENDED  # type: ignore[union-attr]


async def test_a_restarted_cti_finds_call_agent_and_wait_again_in_the_journal() -> None:
    journal, line = ListJournal(), Line()
    async with house(journal=journal) as home:
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered(), *talking(line))
        before = home.engine.stories[CallId(line.call)].call
    async with house(journal=journal) as home:
        home.clock.pass_(60)
        rows = list(journal.kinds)
        legs = channel(line, bridge="b1"), channel(line, agent="1001", leg="a1", bridge="b1")
        queues = [member(), member(queue="enterprise")]
        await show(home, seen(home, *legs, queues=queues, generation=1))
        assert home.engine.stories[CallId(line.call)].call == before
        assert state_of(home) == ("talking", "")
        assert [kind for kind in journal.kinds[len(rows) :] if kind != "AgentLineUp"] == []
        await home.hear(line.agent_gone())
        assert state_of(home) == ("wrap-up", "")


async def test_a_call_that_died_with_the_machine_is_cut_at_the_next_start() -> None:
    journal, line = ListJournal(), Line()
    async with house(journal=journal) as home:
        await home.hear(line.arrives(), line.joins())
    async with house(journal=journal) as home:
        home.clock.pass_(60)
        await show(home, seen(home, generation=1))
        assert journal.kinds[-1] == "CallCut"


async def test_a_caller_nobody_knows_of_is_taken_up() -> None:
    async with house() as home:
        line = Line()
        entry = {"Event": "QueueEntry", "Queue": "hl-general", "Uniqueid": line.leg, "Wait": "20", "Position": "1"}
        home.clock.pass_(100)
        await show(home, seen(home, channel(line), queues=[entry]))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, call.queue, call.number) == (CallState.QUEUED, "general", line.number)
        assert call.joined_at == pytest.approx(START + timedelta(seconds=80), abs=timedelta(seconds=0.1))


async def test_the_queues_are_told_again_what_an_outage_kept_from_them() -> None:
    async with house() as home:
        commands = await at_work(home)
        await commands.carry_out("1001", "pause", {"reason": "用餐"})
        home.switch.done.clear()
        await show(home, seen(home, queues=[member(paused=False), member(queue="old")]))
        told = home.switch.done
        assert AddMember(agent=AgentId("1001"), queue=QueueName("enterprise"), reason="paused:用餐") in told
        assert RemoveMember(agent=AgentId("1001"), queue=QueueName("old")) in told
        assert PauseMember(agent=AgentId("1001"), reason="paused:用餐") in told


def test_the_pause_reason_brings_back_the_state_of_an_agent() -> None:
    until = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    reasons = {
        "paused:用餐": ("paused", "用餐", None),
        f"wrap-up:{int(until.timestamp())}": ("wrap-up", "", until),
        "": ("paused", "", None),
    }
    for reason, (state, word, ends) in reasons.items():
        agent = adopted(AgentId("1001"), [_member(paused=True, reason=reason)], START)
        assert (agent.state.value, agent.reason, agent.wrap_up_until) == (state, word, ends)
    assert adopted(AgentId("1001"), [_member(paused=False)], START).state is AgentState.READY


def test_an_agent_who_agrees_with_the_queues_needs_no_correction() -> None:
    ready = Agent(id=AgentId("1001"), state=AgentState.READY, queues=(QueueName("general"),))
    assert corrections(ready, [_member(paused=False)]) == []
    assert corrections(ready, [_member(paused=True)]) == [UnpauseMember(agent=AgentId("1001"))]


def _member(*, paused: bool, reason: str = "") -> Member:
    return Member(agent=AgentId("1001"), queue=QueueName("general"), paused=paused, reason=reason, reachable=True)


@pytest.mark.parametrize("told_in", ["caller first", "caller alone", "agent first"])
async def test_a_hang_up_that_only_the_second_source_saw_frees_the_agent_in_whatever_order_it_tells(
    told_in: str,
) -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        call, at = CallId(line.call), home.clock.now() + timedelta(seconds=5)
        agent = AgentLeft(call_id=call, at=at, agent=AgentId("1001"), leg=LegId("a1"), cause=16)
        early, late = at - timedelta(milliseconds=3), at + timedelta(milliseconds=3)
        caller = CallerHungUp(call_id=call, at=late if told_in == "agent first" else early, cause=16)
        events = [caller] if told_in == "caller alone" else sorted([agent, caller], key=lambda each: each.at)
        home.clock.pass_(6)
        home.engine.lanes.put(call, partial(home.engine.tell_past, events))
        await home.settle()
        assert home.engine.stories[call].call.state is CallState.ENDED  # type: ignore[union-attr]
        assert home.journal.kinds[-3:] == ["AgentLeft", "CallerHungUp", "AgentWrapUpStarted"]
        assert state_of(home)[0] == "wrap-up"


async def test_an_agent_left_at_a_call_that_is_over_is_freed_and_one_at_a_live_call_is_not() -> None:
    async with house() as home:
        first, second = Line(), Line("HCdemo-1-1795000000.2")
        await at_work(home)
        await at_work(home, "1002")
        await home.hear(first.arrives(), first.joins(), first.rings(), first.answered())
        await home.hear(second.arrives(), second.joins(), second.rings("1002", "b1"), second.answered("1002", "b1"))
        del home.engine.stories[CallId(first.call)]
        home.engine._free_stranded()
        await home.settle()
        assert (state_of(home)[0], state_of(home, "1002")[0]) == ("wrap-up", "talking")


async def test_a_call_that_the_switch_told_of_before_we_had_looked_keeps_its_beginning_and_has_its_agent() -> None:
    """Events come from the log-in on, agents and journal a moment later: nobody who talks is shown as free."""
    line = Line()
    async with house() as before:
        await at_work(before)
        await before.hear(line.arrives(), line.joins())
        arrived = before.clock.at
        journal = before.journal
    async with house(journal=journal) as home:
        home.clock.at = arrived + timedelta(seconds=30)
        await home.hear(line.rings(), line.answered())
        legs = channel(line, bridge="b1"), channel(line, agent="1001", leg="a1", bridge="b1")
        await show(home, seen(home, *legs))
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, call.talking and call.talking.agent) == (CallState.TALKING, "1001")
        assert call.arrived_at <= arrived, "he waited before we were there"
        assert home.journal.kinds.count("CallArrived") == 1
        assert state_of(home)[0] == "talking"
        assert home.engine.agents.agents[AgentId("1001")].call_id == line.call


async def test_a_look_ends_no_leg_that_came_after_it() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins())
        early = seen(home, channel(line))
        home.clock.pass_(1)
        await home.hear(line.rings(), line.answered(), *talking(line))
        await show(home, early)
        call = home.engine.stories[CallId(line.call)].call
        assert call is not None
        assert (call.state, [leg.bridge for leg in call.legs]) == (CallState.TALKING, ["b1", "b1"])
        assert {"AgentLeft", "LegLeft", "LegLeftBridge"}.isdisjoint(home.journal.kinds)
        assert state_of(home)[0] == "talking"


async def test_an_agent_whose_talk_ended_unseen_is_at_the_next_caller_whom_he_answers_while_we_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = Line(), Line("HCdemo-1-1795000000.2")
    async with house() as before:
        await at_work(before)
        await before.hear(first.arrives(), first.joins(), first.rings(), first.answered())
        await before.hear(second.arrives(), second.joins())
        journal, now = before.journal, before.clock.at
    async with house(journal=journal) as home:
        home.clock.at = now + timedelta(seconds=30)
        read = journal.entries_of_calls

        async def slowly(call_ids: Sequence[str]) -> list[JournalEntry]:
            rows = await read(call_ids)
            if list(call_ids) == [second.call]:
                monkeypatch.setattr(journal, "entries_of_calls", read)
                home.engine.on_message(second.rings("1001", "b1"))
                home.engine.on_message(second.answered("1001", "b1"))
                await asyncio.sleep(0.05)
            return rows

        monkeypatch.setattr(journal, "entries_of_calls", slowly)
        await show(home, seen(home, channel(second)))
        agent = home.engine.agents.agents[AgentId("1001")]
        assert (agent.state, agent.call_id, agent.leg) == (AgentState.TALKING, second.call, "b1")
        assert home.journal.kinds.count("CallArrived") == 2


async def test_an_agent_who_talks_and_is_shown_elsewhere_is_found_by_the_next_sweep() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        home.engine.agents.adopt(Agent(id=AgentId("1001"), state=AgentState.READY))
        home.engine._free_stranded()
        await home.settle()
        assert state_of(home)[0] == "talking"


async def test_a_look_that_missed_a_caller_cuts_nobody_of_whom_the_switch_tells_afterwards() -> None:
    """He was just coming in while the channels were listed."""
    async with house() as home:
        line, lost = Line(), Line("HCdemo-1-1795000000.2")
        await home.hear(line.arrives(), lost.arrives())
        home.clock.pass_(1)
        home.engine.on_snapshot(seen(home))
        await home.settle()
        home.clock.pass_(1)
        await home.hear(line.joins())
        await asyncio.sleep(0.1)
        await home.settle()
        states = {key: story.call and story.call.state for key, story in home.engine.stories.items()}
        assert states == {line.call: CallState.QUEUED, lost.call: CallState.ENDED}


async def test_a_look_is_of_the_time_before_it_was_asked_for() -> None:
    class Slow:
        async def ask(self, _action: object, *, as_list: bool, on_complete: Any = None) -> list[Message]:
            clock.pass_(1)
            if on_complete is not None:
                on_complete([])
            return []

    clock, looks = TestClock(), list[Snapshot]()
    await asking.take(cast(AmiConnection, Slow()), 1, clock.now, looks.append)
    assert START + timedelta(seconds=2) <= looks[0].at < START + timedelta(seconds=3)

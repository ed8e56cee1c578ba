"""Agents' states: what was asked for during a call, wrap-up made longer, missed rings, levels, hands and messages."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from cti.asterisk.actions import action_of
from cti.asterisk.asked import ActionRefused
from cti.core.agent import TRANSITIONS, Agent, AgentState, advance
from cti.core.agent_commands import SetPenalty
from cti.core.agent_rules import AgentRules
from cti.core.call import UnexpectedEvent
from cti.core.codec import decode, encode
from cti.core.commands import AddMember, PauseMember
from cti.core.events import AgentSignedOn, AgentWrapUpStarted
from cti.core.ids import AgentId, CallId, Channel, QueueName
from cti.core.membership import adopted, corrections
from cti.core.presence_events import (
    PRESENCE_EVENTS,
    AgentHandRaised,
    AgentMessaged,
    AgentPauseAsked,
    AgentWrapUpExtended,
)
from cti.core.refusals import (
    AmiDown,
    BadCommand,
    InCall,
    NoExtensionLeft,
    NotInWrapUp,
    NotSignedOn,
    NotSupervisor,
    UnknownReason,
)
from cti.core.skills import BadSkill, Skill, penalties_of, skill_of
from cti.core.snapshot import Member
from cti.core.supervise_commands import ChangeSupervision, ReachSupervisor
from cti.desk_commands import DeskCommands
from tests.cti.calls import Line, contact
from tests.cti.fakes import START, House, ListJournal, PaperSeal, house
from tests.cti.test_desk_and_calls import ME, at_work, state_of
from tests.cti.test_recovery import channel, member, seen, show

BOSS = "9001"
AS_SUPERVISOR = {"roles": ["agent", "supervisor"]}
GENERAL, ENTERPRISE = QueueName("general"), QueueName("enterprise")


def agent_of(home: House, agent: str = ME) -> Agent:
    return home.engine.agents.agents[AgentId(agent)]


async def in_a_call(home: House, line: Line) -> DeskCommands:
    commands = await at_work(home)
    await home.hear(contact("1001", "NonQualified"), line.arrives(), line.joins(), line.rings(), line.answered())
    return commands


async def test_a_pause_asked_for_during_a_call_begins_after_the_wrap_up() -> None:
    async with house(wrap_up_seconds=30) as home:
        line = Line()
        commands = await in_a_call(home, line)
        await commands.carry_out(ME, "pause", {"reason": "用餐"})
        row = home.desks.last("agents", ME)
        assert isinstance(row, dict)
        assert (row["state"], row["pause_asked"]) == ("talking", "用餐")
        assert home.switch.of(PauseMember) == []
        await home.hear(line.agent_gone(), line.gone())
        assert (state_of(home), agent_of(home).pause_asked) == (("wrap-up", ""), "用餐")
        await commands.carry_out(ME, "wrap_up_done", {})
        assert (state_of(home), agent_of(home).pause_asked) == (("paused", "用餐"), "")


async def test_an_asked_pause_is_due_when_the_wrap_up_runs_out_and_at_once_where_there_is_none() -> None:
    for seconds in (1, 0):
        async with house(wrap_up_seconds=seconds) as home:
            line = Line()
            commands = await in_a_call(home, line)
            await commands.carry_out(ME, "pause", {"reason": "用餐"})
            await home.hear(line.agent_gone(), line.gone())
            home.clock.pass_(seconds + 0.1)
            await asyncio.sleep(seconds + 0.1)
            await home.settle()
            assert state_of(home) == ("paused", "用餐")


async def test_an_asked_pause_can_be_withdrawn_and_asked_again() -> None:
    async with house() as home:
        line = Line()
        commands = await in_a_call(home, line)
        for reason in ("用餐", "小休"):
            await commands.carry_out(ME, "pause", {"reason": reason})
        await commands.carry_out(ME, "ready", {})
        assert agent_of(home).pause_asked == ""
        with pytest.raises(InCall):
            await commands.carry_out(ME, "ready", {})
        await home.hear(line.agent_gone(), line.gone())
        await commands.carry_out(ME, "wrap_up_done", {})
        assert state_of(home) == ("ready", "")


async def test_wrap_up_can_be_made_longer_as_often_as_the_centre_allows() -> None:
    rules = AgentRules(wrap_up_seconds=1, wrap_up_extensions=1, wrap_up_extension_seconds=60)
    async with house(rules=rules) as home:
        line = Line()
        commands = await in_a_call(home, line)
        with pytest.raises(NotInWrapUp):
            await commands.carry_out(ME, "wrap_up_extend", {})
        await home.hear(line.agent_gone(), line.gone())
        ends = agent_of(home).wrap_up_until
        assert agent_of(home).extensions_left == 1
        await commands.carry_out(ME, "wrap_up_extend", {})
        longer = agent_of(home)
        assert ends is not None
        assert (longer.wrap_up_until, longer.extensions_left) == (ends + timedelta(seconds=60), 0)
        with pytest.raises(NoExtensionLeft):
            await commands.carry_out(ME, "wrap_up_extend", {})
        home.clock.pass_(1.1)
        await asyncio.sleep(1.1)
        await home.settle()
        assert state_of(home)[0] == "wrap-up"
        last = home.switch.of(PauseMember)[-1]
        member = Member(agent=AgentId(ME), queue=GENERAL, paused=True, reason=last.reason, reachable=True)  # type: ignore[attr-defined]
        found = adopted(AgentId(ME), [member], START)
        assert (found.state, found.extensions_left) == (AgentState.WRAP_UP, 0)
        assert int(found.wrap_up_until.timestamp()) == int(longer.wrap_up_until.timestamp())  # type: ignore[union-attr]


@pytest.mark.parametrize(("pauses", "state"), [(True, ("paused", "未接来电")), (False, ("ready", ""))])
async def test_a_missed_ring_pauses_its_agent_and_others_go_on(pauses: bool, state: tuple[str, str]) -> None:
    async with house(rules=AgentRules(missed_ring_pauses=pauses)) as home:
        line = Line()
        await at_work(home)
        await at_work(home, "1002")
        await home.hear(contact("1001", "NonQualified"), line.arrives(), line.joins(), line.rings("1001", "a1"))
        await home.hear({**line.rings("1001", "a1"), "Event": "AgentRingNoAnswer"}, line.agent_gone("1001", "a1", "0"))
        assert state_of(home, "1001") == state
        await home.hear(line.rings("1002", "a2"))
        assert state_of(home, "1002") == ("ringing", "")


async def test_a_ring_that_ended_for_another_reason_is_no_missed_one() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        no_answer = {**line.rings(), "Event": "AgentRingNoAnswer"}
        # the line was gone: nobody could have heard it
        await home.hear(contact("1001", "NonQualified"), line.arrives(), line.joins(), line.rings())
        await home.hear(contact("1001", "Removed"), no_answer)
        assert state_of(home) == ("ready", "")
        # the caller gave up
        await home.hear(contact("1001", "NonQualified"), line.rings("1001", "a2"))
        await home.hear(line.caller("QueueCallerAbandon", Queue="hl-general"), line.gone())
        assert state_of(home) == ("ready", "")


async def test_a_pause_asked_for_while_it_rang_is_due_when_nobody_answered() -> None:
    async with house() as home:
        line = Line()
        commands = await at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings())
        await commands.carry_out(ME, "pause", {"reason": "小休"})
        await home.hear(line.agent_gone(cause="0"))
        assert state_of(home) == ("paused", "小休")


async def test_pause_reasons_are_the_centres() -> None:
    async with house(rules=AgentRules(pause_reasons=frozenset({"用餐"}))) as home:
        commands = await at_work(home)
        with pytest.raises(UnknownReason):
            await commands.carry_out(ME, "pause", {"reason": "唱歌"})
        for reason in ("用餐", "设备故障"):
            await commands.carry_out(ME, "pause", {"reason": reason})
            assert state_of(home) == ("paused", reason)
        await commands.carry_out(ME, "ready", {})
        await commands.carry_out(ME, "desk_gone", {})
        assert state_of(home) == ("paused", "离开")


async def test_levels_and_overflow_become_penalties_in_the_queues() -> None:
    async with house(rules=AgentRules(overflow={ENTERPRISE: GENERAL})) as home:
        commands = DeskCommands(home.engine)
        await commands.carry_out(ME, "sign_on", {"queues": ["general:3"]})
        joined = {c.queue: c.penalty for c in home.switch.of(AddMember)}  # type: ignore[attr-defined]
        assert joined == {GENERAL: 2, ENTERPRISE: 12}
        row = home.desks.last("agents", ME)
        assert isinstance(row, dict)
        assert (row["queues"], row["skills"]) == (["general"], ["general:3"])
        await commands.carry_out(ME, "sign_on", {"queues": ["general:1"]})
        assert home.switch.of(SetPenalty) == [
            SetPenalty(agent=ME, queue=GENERAL, penalty=0),
            SetPenalty(agent=ME, queue=ENTERPRISE, penalty=10),
        ]
        members = [
            Member(agent=ME, queue=GENERAL, paused=True, reason="paused:签入", reachable=True, penalty=0),
            Member(agent=ME, queue=ENTERPRISE, paused=True, reason="paused:签入", reachable=True, penalty=10),
        ]
        assert corrections(agent_of(home), members) == []
        assert adopted(ME, members, START).own_queues == (GENERAL,)


@pytest.mark.parametrize("written", ["", "General", "general:0", "general:10", "a b", "general:1:2", "general\n"])
def test_what_is_no_skill_is_refused(written: str) -> None:
    with pytest.raises(BadSkill):
        skill_of(written)


def test_an_own_queue_is_never_an_overflow() -> None:
    both = (Skill(queue=GENERAL, level=2), Skill(queue=ENTERPRISE, level=1))
    assert penalties_of(both, {ENTERPRISE: GENERAL}) == {GENERAL: 1, ENTERPRISE: 0}


async def test_a_supervisor_forces_states_and_sends_words() -> None:
    async with house() as home:
        commands = await at_work(home)
        asked = {**AS_SUPERVISOR, "agent": ME}
        await commands.carry_out(BOSS, "force", asked | {"state": "paused", "reason": "会议"})
        assert state_of(home) == ("paused", "会议")
        assert home.journal.entries[-1].body == {"reason": "会议", "by": BOSS}
        await commands.carry_out(BOSS, "force", asked | {"state": "ready"})
        assert state_of(home) == ("ready", "")
        await commands.carry_out(BOSS, "message", asked | {"text": "请联系张三 13800000001"})
        row = home.desks.last("agents", ME)
        assert isinstance(row, dict)
        assert (row["message"]["from"], row["message"]["text"]) == (BOSS, "请联系张三 13800000001")
        assert "张三" not in repr(home.journal.entries[-1])
        await commands.carry_out(BOSS, "force", asked | {"state": "offline"})
        assert state_of(home) == ("offline", "")
        for args, refusal in (
            ({"agent": ME, "state": "ready"}, NotSupervisor),
            (asked | {"state": "ready"}, NotSignedOn),
            (asked | {"state": "dancing"}, BadCommand),
            (asked | {"state": "paused", "reason": "a\nb"}, BadCommand),
            ({**AS_SUPERVISOR, "state": "ready"}, BadCommand),
        ):
            with pytest.raises(refusal):
                await commands.carry_out(BOSS, "force", args)


async def test_a_forced_pause_during_a_call_waits_for_its_end() -> None:
    async with house(wrap_up_seconds=0) as home:
        line = Line()
        commands = await in_a_call(home, line)
        await commands.carry_out(BOSS, "force", {**AS_SUPERVISOR, "agent": ME, "state": "paused", "reason": "会议"})
        assert (state_of(home)[0], agent_of(home).pause_asked) == ("talking", "会议")
        with pytest.raises(InCall):
            await commands.carry_out(BOSS, "force", {**AS_SUPERVISOR, "agent": ME, "state": "offline"})
        await home.hear(line.agent_gone(), line.gone())
        assert state_of(home) == ("paused", "会议")


async def test_a_raised_hand_is_seen_until_it_is_lowered() -> None:
    async with house() as home:
        line = Line()
        commands = await in_a_call(home, line)
        for _ in range(2):
            await commands.carry_out(ME, "raise_hand", {})
        raised = agent_of(home).hand_raised_at
        assert raised is not None
        assert home.journal.kinds.count("AgentHandRaised") == 1
        for _ in range(2):
            await commands.carry_out(ME, "lower_hand", {})
        assert agent_of(home).hand_raised_at is None
        with pytest.raises(NotSignedOn):
            await commands.carry_out("1004", "raise_hand", {})


async def test_no_queue_is_touched_before_the_first_snapshot_is_taken_in() -> None:
    async with house() as home:
        home.engine.agents.reconciled = False
        commands = DeskCommands(home.engine)
        with pytest.raises(AmiDown):
            await commands.carry_out(ME, "sign_on", {"queues": ["general"]})
        assert (home.switch.done, home.journal.entries) == ([], [])


async def test_waits_and_answers_are_counted_from_the_arrival_and_from_the_queue() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        line.at = home.clock.now()
        await home.hear(line.arrives())
        line.at += timedelta(seconds=10)
        await home.hear(line.joins())
        waiting = home.engine.board.state()["queues"]["general"]
        assert (waiting["waiting"], waiting["offered"]) == (1, 1)
        assert waiting["longest_arrived_at"] < waiting["longest_joined_at"]
        line.at += timedelta(seconds=10)
        await home.hear(line.rings(), line.answered())
        row = home.engine.board.state()["queues"]["general"]
        assert (row["answered"], row["answered_15s"], row["answered_15s_queue"]) == (1, 0, 1)
        other = Line("HCdemo-1-1795000009.1")
        other.at = line.at
        await home.hear(other.arrives(), other.joins(), other.caller("QueueCallerAbandon", Queue="hl-general"))
        assert home.engine.board.state()["queues"]["general"]["abandoned"] == 1


def test_what_was_not_asked_for_while_signed_on_raises_and_changes_nothing() -> None:
    offline = Agent(id=AgentId(ME))
    for event in (
        AgentPauseAsked(agent=ME, at=START, reason="用餐"),
        AgentHandRaised(agent=ME, at=START),
        AgentMessaged(agent=ME, at=START, by=BOSS, text="好"),
        AgentWrapUpExtended(agent=ME, at=START, seconds=60),
        AgentWrapUpStarted(agent=ME, at=START, seconds=60),
    ):
        with pytest.raises(UnexpectedEvent):
            advance(offline, event)
    assert advance(offline, AgentSignedOn(agent=ME, at=START, queues=(GENERAL,)))[0].state is AgentState.PAUSED


@pytest.mark.parametrize("kind", PRESENCE_EVENTS)
def test_every_presence_event_has_a_place_and_survives_the_journal(kind: type) -> None:
    assert any(kind in row for row in TRANSITIONS.values())
    given = {"agent": ME, "at": START, "reason": "用餐", "by": BOSS, "seconds": 60, "text": "好"}
    event = kind(**{name: given[name] for name in kind.__dataclass_fields__})
    assert decode(encode(event, PaperSeal()), PaperSeal()) == event


HOSTILE = ["", "x", "9001\r\nAction: Logoff", "9001@from-carrier", "PJSIP/1001", "90011", "９００１"]


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_but_our_own_routine_can_be_originated(value: str) -> None:
    good = ReachSupervisor(
        call_id=CallId("HCdemo-1-1795000000.1"), caller_channel=Channel("PJSIP/test-citizen-00000001"),
        supervisor=AgentId("9001"), agent=AgentId("1001"), agent_channel=Channel("PJSIP/1001-0000000a"), mode="listen",
    )  # fmt: skip
    assert action_of(good)["Channel"] == "Local/9001@hl-reach-supervisor/n"
    for name in ("call_id", "caller_channel", "supervisor", "agent_channel", "mode"):
        with pytest.raises(ActionRefused):
            action_of(replace(good, **{name: value}))
    with pytest.raises(ActionRefused):
        action_of(ChangeSupervision(call_id=good.call_id, channel=good.agent_channel, mode=value))


async def test_a_restarted_cti_knows_what_its_agents_had_asked_for() -> None:
    journal, line = ListJournal(), Line()
    async with house(journal=journal) as home:
        commands = await in_a_call(home, line)
        await commands.carry_out(ME, "pause", {"reason": "用餐"})
        await commands.carry_out(ME, "raise_hand", {})
        await commands.carry_out(BOSS, "message", {**AS_SUPERVISOR, "agent": ME, "text": "马上来"})
        before = agent_of(home)
    async with house(journal=journal) as home:
        home.engine.agents.reconciled = False
        legs = channel(line, bridge="b1"), channel(line, agent=ME, leg="a1", bridge="b1")
        await show(home, seen(home, *legs, queues=[member(), member(queue="enterprise")], generation=1))
        after = agent_of(home)
        assert (after.state, after.pause_asked) == (AgentState.TALKING, "用餐")
        assert after.hand_raised_at == before.hand_raised_at
        assert (after.message.text if after.message else "") == "马上来"
        assert home.engine.agents.reconciled
    async with house(journal=journal) as home:
        # the call ended while nobody looked: the pause begins now
        await show(home, seen(home, queues=[member(), member(queue="enterprise")], generation=1))
        assert state_of(home) == ("paused", "用餐")

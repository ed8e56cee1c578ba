"""Whose desk is there, by web's list: one lost desk, a restarted web, a silent web, a freeze that lasts too long."""

from __future__ import annotations

import pytest

from cti.core.agent_rules import AgentRules
from cti.core.ids import AgentId
from cti.core.refusals import BadCommand
from cti.desk_commands import DeskCommands
from cti.presence import PAGES_RETURN, WEB_SILENT, Presence
from tests.cti.calls import Line
from tests.cti.fakes import House, house
from tests.cti.test_desk_and_calls import at_work, state_of

BOTH = ["1001", "1002"]


class Watch:
    """Time that passes when it is told to."""

    def __init__(self, home: House) -> None:
        self.home, self.at = home, 1000.0
        self.presence = home.engine.presence = Presence(home.engine.agents, now=lambda: self.at)
        self.commands = DeskCommands(home.engine)

    async def hears(self, agents: list[str], seconds: float = 0.0) -> None:
        """Web's list, each second for so long; at least once."""
        ends = self.at + seconds
        while True:
            await self.commands.carry_out("web", "desks_alive", {"agents": agents})
            await self.home.settle()
            if self.at >= ends:
                return
            self.at += 1.0

    async def silence(self, seconds: float) -> None:
        self.at += seconds
        self.presence.look()
        await self.home.settle()


async def two_at_work(home: House) -> Watch:
    for agent in BOTH:
        await at_work(home, agent)
    watch = Watch(home)
    await watch.hears(BOTH)
    return watch


async def test_a_desk_that_is_not_in_the_list_any_more_is_paused_at_once_and_only_that_one() -> None:
    async with house() as home:
        watch = await two_at_work(home)
        watch.at += 1
        await watch.hears(["1002"])
        assert (state_of(home, "1001"), state_of(home, "1002")) == (("paused", "离开"), ("ready", ""))
        done = len(home.switch.done)
        await watch.hears(["1002"], 5)
        assert len(home.switch.done) == done
        await watch.hears(BOTH)
        await watch.commands.carry_out("1001", "ready", {})
        assert state_of(home, "1001") == ("ready", "")


async def test_an_agent_in_a_call_whose_desk_is_gone_is_paused_after_it() -> None:
    async with house() as home:
        line = Line()
        watch = await two_at_work(home)
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        await watch.hears(["1002"])
        assert state_of(home, "1001") == ("talking", "")
        await home.hear(line.agent_gone(), line.gone())
        assert state_of(home, "1001") == ("wrap-up", "")
        await watch.commands.carry_out("1001", "wrap_up_done", {})
        assert state_of(home, "1001") == ("paused", "离开")


async def test_a_silent_web_changes_nothing_until_the_freeze_is_over() -> None:
    async with house(rules=AgentRules(freeze_minutes=10)) as home:
        watch = await two_at_work(home)
        await watch.silence(WEB_SILENT + 1)
        assert watch.presence.is_frozen
        await watch.silence(9 * 60)
        assert {state_of(home, agent) for agent in BOTH} == {("ready", "")}
        await watch.silence(2 * 60)
        assert {state_of(home, agent) for agent in BOTH} == {("paused", "离开")}


async def test_a_web_that_was_never_there_freezes_nothing_and_loses_nobody() -> None:
    async with house() as home:
        await at_work(home)
        watch = Watch(home)
        await watch.silence(3600)
        assert state_of(home) == ("ready", "")


async def test_a_restarted_web_waits_for_its_pages_and_then_misses_those_that_stay_away() -> None:
    async with house() as home:
        watch = await two_at_work(home)
        await watch.silence(WEB_SILENT + 20)
        await watch.hears([], PAGES_RETURN / 2)
        assert {state_of(home, agent) for agent in BOTH} == {("ready", "")}
        await watch.hears(["1001"], PAGES_RETURN)
        assert (state_of(home, "1001"), state_of(home, "1002")) == (("ready", ""), ("paused", "离开"))


async def test_an_agent_who_has_just_signed_on_is_not_missed_by_a_list_made_before() -> None:
    async with house() as home:
        watch = await two_at_work(home)
        await at_work(home, "1003")
        await watch.hears(BOTH)
        assert state_of(home, "1003") == ("ready", "")


@pytest.mark.parametrize("agents", [None, "1001", [1001], ["10 01"], ["1001"] * 5001])
async def test_a_list_that_is_none_is_refused(agents: object) -> None:
    async with house() as home:
        watch = await two_at_work(home)
        with pytest.raises(BadCommand):
            await watch.commands.carry_out("web", "desks_alive", {"agents": agents})
        assert AgentId("1001") not in home.engine.agents.without_desk

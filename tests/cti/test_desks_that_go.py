"""Browsers that vanish, reload or blink, and desks that are counted as gone, in a talk and in wrap-up."""

from __future__ import annotations

import asyncio

from cti.core.commands import HangUpLeg
from tests.cti.calls import Line, contact
from tests.cti.fakes import House, house
from tests.cti.test_desk_and_calls import ME, at_work, state_of


def silences(home: House) -> list[float]:
    """Seconds, of each leg that is told to have fallen silent."""
    return [entry.body["silent_s"] for entry in home.journal.entries if entry.kind == "LegFellSilent"]


async def test_a_browser_that_is_gone_gives_its_caller_back_after_a_short_grace() -> None:
    async with house() as home:
        home.engine.lines._grace = 1.0
        line = Line()
        await at_work(home)
        await home.hear(contact("1001", "NonQualified"), line.arrives(), line.joins(), line.rings(), line.answered())
        await home.hear(contact("1001", "Removed"))
        assert home.switch.of(HangUpLeg) == []
        home.clock.pass_(1.5)
        await home.until(lambda: home.switch.of(HangUpLeg))
        await home.settle()
        assert [c.cause for c in home.switch.of(HangUpLeg)] == [44]  # type: ignore[attr-defined]
        (silent_s,) = silences(home)
        assert 1.5 <= silent_s < 1.6, "the time in which it was waited for is nobody's talk"
        await home.hear(line.agent_gone(cause="44"))
        assert state_of(home) == ("ready", "")
        row = home.desks.last("agents", "1001")
        assert isinstance(row, dict)
        assert row["line"] == "down"


async def test_a_page_that_answers_no_question_keeps_its_talk_and_is_rung_no_more() -> None:
    """Asterisk itself gives a leg up from which no sound comes; while sound flows it is a talk."""
    async with house() as home:
        home.engine.lines._grace = 0.1
        line = Line()
        await at_work(home)
        await home.hear(contact("1001", "NonQualified"), line.arrives(), line.joins(), line.rings(), line.answered())
        await home.hear(contact("1001", "Unreachable"))
        await asyncio.sleep(0.3)
        await home.settle()
        assert home.switch.of(HangUpLeg) == []
        assert silences(home) == []
        assert state_of(home)[0] == "talking"
        row = home.desks.last("agents", "1001")
        assert isinstance(row, dict)
        assert row["line"] == "down"


async def test_a_page_that_answers_no_question_while_it_rings_gives_its_caller_back() -> None:
    async with house() as home:
        home.engine.lines._grace = 0.1
        line = Line()
        await at_work(home)
        await home.hear(contact("1001", "NonQualified"), line.arrives(), line.joins(), line.rings())
        await home.hear(contact("1001", "Unreachable"))
        await home.until(lambda: home.switch.of(HangUpLeg))
        await home.settle()
        assert silences(home) == []


async def test_a_reloaded_page_gives_its_caller_back_at_once() -> None:
    async with house() as home:
        line = Line()
        await at_work(home)
        await home.hear(
            contact("1001", "NonQualified", "one"), line.arrives(), line.joins(), line.rings(), line.answered()
        )
        await home.hear(contact("1001", "Removed", "one"), contact("1001", "NonQualified", "two"))
        assert [c.cause for c in home.switch.of(HangUpLeg)] == [44]  # type: ignore[attr-defined]


async def test_a_websocket_that_blinked_keeps_its_call() -> None:
    async with house() as home:
        home.engine.lines._grace = 1.0
        line = Line()
        await at_work(home)
        await home.hear(
            contact("1001", "NonQualified", "one"), line.arrives(), line.joins(), line.rings(), line.answered()
        )
        await home.hear(contact("1001", "Removed", "one"), contact("1001", "NonQualified", "one"))
        await asyncio.sleep(1.1)
        await home.settle()
        assert home.switch.of(HangUpLeg) == []


async def test_a_desk_that_is_gone_pauses_its_agent_now_or_after_the_call() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered())
        await commands.carry_out(ME, "desk_gone", {})
        assert state_of(home) == ("talking", "")
        await home.hear(line.agent_gone(), line.gone())
        assert state_of(home) == ("wrap-up", ""), "nobody is rung then, and the page may be back in time"
        await commands.carry_out(ME, "wrap_up_done", {})
        assert state_of(home) == ("paused", "离开")
        await commands.carry_out(ME, "desk_back", {})
        await commands.carry_out(ME, "ready", {})
        await commands.carry_out(ME, "desk_gone", {})
        assert state_of(home) == ("paused", "离开")


async def test_a_desk_that_went_in_wrap_up_is_never_ready_in_between() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered(), line.agent_gone(), line.gone())
        await commands.carry_out(ME, "desk_gone", {})
        assert state_of(home) == ("wrap-up", "")
        before = home.journal.kinds.count("AgentBecameReady")
        await commands.carry_out(ME, "wrap_up_done", {})
        assert state_of(home) == ("paused", "离开")
        assert home.journal.kinds.count("AgentBecameReady") == before


async def test_a_desk_that_was_back_before_the_end_of_wrap_up_is_ready_after_it() -> None:
    async with house() as home:
        commands, line = await at_work(home), Line()
        await home.hear(line.arrives(), line.joins(), line.rings(), line.answered(), line.agent_gone(), line.gone())
        await commands.carry_out(ME, "desk_gone", {})
        await commands.carry_out(ME, "desk_back", {})
        await commands.carry_out(ME, "wrap_up_done", {})
        assert state_of(home) == ("ready", "")


async def test_a_desk_that_makes_its_agent_ready_again_overrides_no_pause_that_was_asked_for() -> None:
    async with house() as home:
        commands = await at_work(home)
        await commands.carry_out(ME, "desk_gone", {})
        await commands.carry_out(ME, "ready", {"after": "离开"})
        assert state_of(home) == ("ready", "")
        await commands.carry_out(ME, "pause", {"reason": "用餐"})
        await commands.carry_out(ME, "ready", {"after": "离开"})
        assert state_of(home) == ("paused", "用餐")

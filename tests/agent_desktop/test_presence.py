"""A desk at which nobody can hear a ring gets no calls, and comes back by itself."""

from __future__ import annotations

import asyncio

from agent_desktop import keys
from tests.agent_desktop.browser import Browser, Socket, eventually
from tests.agent_desktop.conftest import House


async def ready_desk(house: House) -> Socket:
    house.peer.agent("1001", "ready")
    socket = await (await house.agent("1001")).socket("w")
    await socket.line_up()
    await eventually(lambda: house.peer.kinds() == ["desk_back"], 15)
    return socket


async def test_living_desks_are_told_every_second(house: House) -> None:
    await ready_desk(house)
    await eventually(lambda: house.peer.alive == ["1001"], 15)


async def test_a_page_that_falls_silent_is_gone_though_its_socket_is_open(house: House) -> None:
    socket = await ready_desk(house)
    socket.beats = False
    await eventually(lambda: "desk_gone" in house.peer.kinds(), 15)
    assert await socket.close_code() == 4408
    await eventually(lambda: house.peer.alive == [], 15)


async def test_a_page_about_to_be_frozen_is_gone_at_once_and_back_with_its_next_beat(house: House) -> None:
    socket = await ready_desk(house)
    socket.beats = False
    await socket.send(type="asleep")
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)
    house.peer.agent("1001", "paused", reason="离开")
    await socket.send(type="beat")
    await eventually(lambda: house.peer.kinds()[-2:] == ["desk_back", "ready"], 15)


async def test_who_was_ready_before_a_short_loss_is_ready_again_and_who_was_paused_is_not(house: House) -> None:
    socket = await ready_desk(house)
    browser = house.browsers[-1]
    await socket.close()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)
    house.peer.agent("1001", "paused", reason="离开")
    back = await browser.socket("w")
    await back.line_up()
    await eventually(lambda: house.peer.kinds()[-2:] == ["desk_back", "ready"], 15)
    house.peer.agent("1001", "paused", reason="用餐")
    await back.next("agent")
    await back.close()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)
    await (await browser.socket("w")).line_up()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_back", 15)
    await asyncio.sleep(0.2)
    assert house.peer.kinds()[-1] == "desk_back"


async def test_a_microphone_lost_in_a_call_counts_when_wrap_up_ends(house: House) -> None:
    socket = await ready_desk(house)
    house.peer.agent("1001", "wrap-up")
    await socket.next("agent")
    await socket.line_up(mic="lost")
    await asyncio.sleep(0.1)
    assert "pause" not in house.peer.kinds()
    house.peer.agent("1001", "ready")
    await eventually(lambda: house.peer.kinds()[-1] == "pause", 15)
    assert house.peer.commands[-1]["args"] == {"reason": "设备故障"}


async def test_a_page_lost_in_wrap_up_is_told_at_once_for_nobody_is_rung_then(house: House) -> None:
    socket = await ready_desk(house)
    browser = house.browsers[-1]
    house.peer.agent("1001", "wrap-up")
    await socket.next("agent")
    await socket.close()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)
    await (await browser.socket("w")).line_up()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_back", 15)
    house.peer.agent("1001", "ready")
    await asyncio.sleep(0.2)
    assert house.peer.kinds()[-1] == "desk_back"


async def test_whoever_is_made_ready_while_his_page_is_gone_is_gone_again(house: House) -> None:
    socket = await ready_desk(house)
    await socket.close()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)
    house.peer.agent("1001", "paused", reason="离开")
    house.peer.agent("1001", "ready")
    await eventually(lambda: house.peer.kinds()[-2:] == ["desk_gone", "desk_gone"], 15)


async def absent_through(house: House, *rows: dict[str, str]) -> Browser:
    """An agent who was ready, and whose page went while these rows came one after another."""
    socket = await ready_desk(house)
    first, *later = rows
    house.peer.agent("1001", **first)
    await socket.next("agent")
    await socket.close()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)
    for row in later:
        house.peer.agent("1001", **row)
    agents = house.app[keys.CONTROL].live.agents
    await eventually(lambda: agents["1001"].state == later[-1]["state"] if later else True, 15)
    return house.browsers[-1]


async def test_a_page_lost_in_a_talk_is_ready_again_once_it_is_back(house: House) -> None:
    browser = await absent_through(house, {"state": "talking"}, {"state": "paused", "reason": "离开"})
    await (await browser.socket("w")).line_up()
    await eventually(lambda: house.peer.kinds()[-2:] == ["desk_back", "ready"], 15)


async def test_a_page_lost_in_wrap_up_is_ready_again_once_it_is_back(house: House) -> None:
    browser = await absent_through(house, {"state": "wrap-up"}, {"state": "paused", "reason": "离开"})
    await (await browser.socket("w")).line_up()
    await eventually(lambda: house.peer.kinds()[-2:] == ["desk_back", "ready"], 15)


async def test_a_pause_asked_for_before_the_page_was_lost_comes_after_the_talk(house: House) -> None:
    talk = {"state": "talking", "pause_asked": "用餐"}
    browser = await absent_through(house, talk, {"state": "paused", "reason": "离开"})
    await (await browser.socket("w")).line_up()
    await eventually(lambda: house.peer.kinds()[-2:] == ["desk_back", "pause"], 15)
    assert house.peer.commands[-1]["args"] == {"reason": "用餐"}


async def test_a_page_that_is_back_without_its_microphone_waits_for_that(house: House) -> None:
    browser = await absent_through(house, {"state": "talking"}, {"state": "paused", "reason": "离开"})
    back = await browser.socket("w")
    await back.line_up(mic="lost")
    await eventually(lambda: house.peer.kinds()[-2:] == ["desk_back", "pause"], 15)
    assert house.peer.commands[-1]["args"] == {"reason": "设备故障"}


async def test_what_makes_ready_again_names_the_pause_that_it_ends(house: House) -> None:
    """cti leaves alone what somebody else asked for on the way."""
    browser = await absent_through(house, {"state": "talking"}, {"state": "paused", "reason": "离开"})
    await (await browser.socket("w")).line_up()
    await eventually(lambda: house.peer.kinds()[-1] == "ready", 15)
    assert house.peer.commands[-1]["args"] == {"after": "离开"}


async def test_one_made_ready_while_cti_was_away_is_gone_again_once_it_is_back(house: House) -> None:
    socket = await ready_desk(house)
    await socket.close()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)
    await house.peer.stop()
    told = len(house.peer.commands)
    house.peer.agent("1001", "ready")
    await house.peer.start()
    await eventually(lambda: house.peer.kinds()[told:] == ["desk_gone"], 15)

"""A desk at which nobody can hear a ring gets no calls, and comes back by itself."""

from __future__ import annotations

import asyncio

from agent_desktop import keys
from tests.agent_desktop.browser import Socket, eventually
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


async def test_a_page_lost_in_wrap_up_counts_only_when_wrap_up_ends_without_it(house: House) -> None:
    socket = await ready_desk(house)
    browser = house.browsers[-1]
    house.peer.agent("1001", "wrap-up")
    await socket.next("agent")
    await socket.close()
    await eventually(lambda: house.app[keys.DESKS]._presence._after_wrap_up == {"1001"}, 15)
    back = await browser.socket("w")
    await back.line_up()
    await eventually(lambda: house.peer.kinds()[-1] == "desk_back", 15)
    await back.close()
    await eventually(lambda: house.app[keys.DESKS]._presence._after_wrap_up == {"1001"}, 15)
    assert "desk_gone" not in house.peer.kinds()
    house.peer.agent("1001", "ready")
    await eventually(lambda: house.peer.kinds()[-1] == "desk_gone", 15)

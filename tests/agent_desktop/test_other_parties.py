"""What a desk is shown of the other parties of its call, and what it may ask for them."""

from __future__ import annotations

import json

from agent_desktop import keys
from tests.agent_desktop.browser import Socket, eventually
from tests.agent_desktop.conftest import House

CALL = "HCdemo-1-1795267200.1"


async def at_the_desk(house: House, agent_id: str = "1001", **call: object) -> Socket:
    """A desk in a call, its snapshot already read."""
    house.peer.agent(agent_id, "talking", call_id=CALL)
    house.peer.call(CALL, "talking", agent=agent_id, **call)
    socket = await (await house.agent(agent_id)).socket()
    await socket.next("snapshot")
    return socket


async def test_every_party_is_a_leg_with_role_state_and_a_name_and_no_number(house: House) -> None:
    leg = house.peer.leg
    socket = await at_the_desk(house)
    legs = [
        leg("l1", "caller"),
        leg("l2", "agent", party="1001"),
        leg("l3", "specialist", "ringing", party="shebao", label="市人社局"),
        leg("l4", "emergency", "gone", party="110", label="一线"),
    ]
    asked = {"entry": "shebao", "department": "市人社局", "state": "ringing", "number_index": 1, "numbers": 2}
    house.peer.call(CALL, "held", agent="1001", legs=legs, threeway=asked | {"since": None, "reason": ""})
    call = (await socket.next("call"))["call"]
    assert [(each["role"], each["state"], each["label"]) for each in call["legs"]] == [
        ("caller", "up", "来电人"),
        ("agent", "up", "王晓敏"),
        ("specialist", "ringing", "市人社局"),
    ]
    assert (call["threeway"]["state"], call["threeway"]["number_index"], call["threeway"]["numbers"]) == (
        "ringing",
        1,
        2,
    )
    assert "13800006027" not in json.dumps(call)


async def test_emergency_routes_a_transfer_and_a_caller_who_left_are_shown(house: House) -> None:
    socket = await at_the_desk(house)
    pressed = {"service": "110", "state": "trying", "route": "二线", "tried": [{"route": "一线", "reason": "busy"}]}
    moved = {"kind": "queue", "target": "enterprise", "state": "asked", "reason": ""}
    more = {"emergency": pressed | {"since": None}, "transfer": moved, "caller_gone": True, "recording_paused": "口令"}
    house.peer.call(CALL, "caller-gone", agent="1001", **more)
    call = (await socket.next("call"))["call"]
    assert call["emergency"]["tried"] == [{"route": "一线", "reason": "busy"}]
    assert (call["transfer"]["target_name"], call["caller_gone"], call["recording_paused"]) == ("企业专席", True, True)


async def test_a_supervisors_leg_is_shown_only_when_the_centre_tells_of_it(house: House) -> None:
    ear = house.peer.leg("l9", "supervisor", party="1005")
    socket = await at_the_desk(house)
    house.peer.call(CALL, "talking", agent="1001", recording=False, legs=[ear])
    assert (await socket.next("call"))["call"]["legs"] == []
    house.peer.agent("1001", "talking", call_id=CALL, supervised_by=["1005"])
    call = (await socket.next("call"))["call"]
    assert [(leg["role"], leg["label"]) for leg in call["legs"]] == [("supervisor", "刘班长")]
    assert (await socket.next("agent"))["agent"]["supervised_by"] == ["刘班长"]


async def test_what_the_agent_asked_for_and_was_told_is_in_the_agents_frame(house: House) -> None:
    socket = await at_the_desk(house)
    message = {"from": "1005", "text": "请放慢语速", "at": "2026-11-21T12:01:00+00:00"}
    at = "2026-11-21T12:00:30+00:00"
    house.peer.agent("1001", "talking", call_id=CALL, pause_asked="用餐", hand_raised_at=at, message=message)
    agent = (await socket.next("agent"))["agent"]
    assert (agent["pause_asked"], agent["message"]["sender"], agent["message"]["text"]) == (
        "用餐",
        "刘班长",
        "请放慢语速",
    )
    assert agent["hand_raised_at"] is not None
    assert agent["wrap_up_extensions_left"] == 1


async def test_commands_about_parties_go_to_cti_with_the_call_of_this_desk(house: House) -> None:
    socket = await at_the_desk(house)
    await socket.send(type="command", id="a", kind="three_way", entry="shebao")
    assert (await socket.next("reply"))["ok"]
    assert house.peer.commands[-1]["args"] == {"call_id": CALL, "entry": "shebao"}
    await socket.send(type="command", id="b", kind="transfer", target_kind="queue", target="enterprise", warm=False)
    assert (await socket.next("reply"))["ok"]
    wanted = {"call_id": CALL, "kind": "queue", "target": "enterprise", "warm": False}
    assert house.peer.commands[-1]["args"] == wanted
    await socket.send(type="command", id="c", kind="emergency", service="110", call_id="HCother-1-1.1")
    assert (await socket.next("reply"))["code"] == "not_your_call"


async def test_whether_it_was_solved_is_said_also_when_the_call_has_left_the_desk(house: House) -> None:
    socket = await at_the_desk(house)
    house.peer.call(CALL, "ended", agent=None)
    house.peer.agent("1001", "ready")
    house.peer.change("calls", CALL, None)
    await eventually(lambda: house.app[keys.CONTROL].live.call_of("1001") is None)
    await socket.send(type="command", id="a", kind="solved", call_id=CALL, entry="shebao", solved=True)
    assert (await socket.next("reply"))["ok"], "cti itself knows who had asked"
    assert house.peer.commands[-1]["args"] == {"call_id": CALL, "entry": "shebao", "solved": True}
    await socket.send(type="command", id="b", kind="solved", entry="shebao", solved=True)
    assert (await socket.next("reply"))["code"] == "not_your_call"


async def test_what_the_form_says_of_the_call_goes_along_with_the_question(house: House) -> None:
    socket = await at_the_desk(house)
    about = {"case_kind": "complaint", "class_code": "010101", "summary": "停水三天"}
    await socket.send(type="command", id="a", kind="three_way", entry="shebao", **about)
    assert (await socket.next("reply"))["ok"]
    assert house.peer.commands[-1]["args"] == {"call_id": CALL, "entry": "shebao", **about}


async def test_a_call_that_goes_on_without_its_agent_may_be_joined_again_by_that_agent_alone(house: House) -> None:
    mine = await at_the_desk(house)
    other = await (await house.agent("1002")).socket()
    house.peer.agent("1001", "wrap-up")
    house.peer.call(CALL, "room", agent=None)
    await eventually(lambda: house.app[keys.CONTROL].live.left_call_of("1001"))
    await mine.send(type="command", id="a", kind="rejoin", call_id=CALL)
    assert (await mine.next("reply"))["ok"]
    assert house.peer.commands[-1]["kind"] == "rejoin"
    await other.send(type="command", id="b", kind="rejoin", call_id=CALL)
    assert (await other.next("reply"))["code"] == "not_your_call"


async def test_the_directory_shows_who_is_on_duty_and_who_is_in_a_call_of_ours_but_no_number(house: House) -> None:
    browser = await house.agent("1001")
    leg = house.peer.leg("l3", "specialist", "ringing", party="laodong")
    house.peer.call(CALL, "talking", agent="1002", legs=[leg])
    await eventually(lambda: CALL in house.app[keys.CONTROL].live.calls)
    response = await browser.get("/api/directory")
    entries = {entry["id"]: entry for entry in await response.json()}
    assert entries["laodong"]["state"] == "busy"
    assert entries["yibao"]["state"] == "free"
    assert "ldgxzy" in entries["laodong"]["initials"]
    assert "9900" not in await response.text()
    duty = [entry["on_duty"] for entry in entries.values()]
    assert duty == sorted(duty, reverse=True), "those on duty first"


async def test_transfer_targets_are_queues_and_colleagues_with_their_state(house: House) -> None:
    browser = await house.agent("1001")
    house.peer.agent("1002", "ready")
    house.peer.change("queues", "general", {"waiting": 2, "longest_joined_at": None, "ready": 1, "talking": 0})
    await eventually(lambda: house.app[keys.CONTROL].live.queues)
    targets = await (await browser.get("/api/targets")).json()
    assert targets["queues"] == [{"id": "general", "name": "综合坐席", "waiting": 2, "ready": 1}]
    assert [(agent["id"], agent["state"]) for agent in targets["agents"]] == [("1002", "ready"), ("1005", "offline")]

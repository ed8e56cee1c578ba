"""Broken AMI blocks: none of them ends the session, stops the engine or hides a sound one."""

from __future__ import annotations

import random

import pytest

from tests.cti.blocks import event
from tests.cti.fakes import house
from tests.cti.test_defects import MARK, wire

SEED = event("Hangup") + MARK + event("UserEvent") + event("QueueCallerJoin")


@pytest.mark.parametrize("seed", range(4))
async def test_ten_thousand_mutated_blocks_disconnect_nothing(seed: int) -> None:
    """A stream of broken blocks: after each, a sound event is still heard. (40,000 over four seeds.)"""
    chance = random.Random(seed)
    protocol, heard, _ = await wire(frozenset({b"Mark", b"Hangup", b"UserEvent", b"QueueCallerJoin"}))
    for _ in range(10_000):
        broken = bytearray(SEED)
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        cut = chance.randrange(len(broken))
        protocol.data_received(bytes(broken[:cut]))
        protocol.data_received(bytes(broken[cut:]) + b"\r\n\r\n")
        heard.clear()
        protocol.data_received(MARK)
        assert [message["Event"] for message in heard] == ["Mark"]
    assert not protocol.closed


async def test_mutated_messages_never_stop_the_engine() -> None:
    """2,000 blocks with random headers reach the engine; a sound call afterwards is told whole."""
    chance = random.Random(1)
    names = [
        "Hangup",
        "AgentCalled",
        "AgentConnect",
        "QueueCallerJoin",
        "UserEvent",
        "MixMonitorStart",
        "ContactStatus",
    ]
    keys = [
        "Uniqueid",
        "Cause",
        "Queue",
        "Interface",
        "Timestamp",
        "CallId",
        "UserEvent",
        "EndpointName",
        "URI",
        "ContactStatus",
    ]
    async with house() as home:
        for number in range(2000):
            message = {"Event": chance.choice(names), "ChanVariable(HOTLINE_CALL_ID)": f"HC{number % 50}",
                       "ChanVariable(HOTLINE_ROLE)": chance.choice(["caller", "agent", ""])}  # fmt: skip
            for key in chance.sample(keys, 4):
                message[key] = chance.choice(
                    ["", "x" * 300, "-1", "9e99", "张", "PJSIP/1001", "%00", "Removed", "AgentLost"]
                )
            home.engine.on_message(message)
        await home.settle()
        story = {"ChanVariable(HOTLINE_CALL_ID)": "HCgood", "ChanVariable(HOTLINE_ROLE)": "caller", "Uniqueid": "good"}
        await home.hear(
            {"Event": "QueueCallerJoin", "Queue": "hl-general", **story}, {"Event": "Hangup", "Cause": "16", **story}
        )
        kinds = [entry.kind for entry in home.journal.entries if entry.call_id == "HCgood"]
        assert kinds == ["CallArrived", "CallerJoinedQueue", "CallerHungUp"]

"""Entries as cti writes them, for calls with invented numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cti.core.ports import JournalEntry
from storage.fields import Fields

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
EPOCH = int(NOON.timestamp())
NUMBER = "13800006027"


def call_id(n: int = 1) -> str:
    return f"HCdemo-1-{EPOCH}.{n}"


def entry(
    kind: str, seconds: float = 0, *, call: str | None = None, agent: str | None = None, **body: Any
) -> JournalEntry:
    """One entry, `seconds` after noon, of call 1 unless told."""
    body |= {"agent": agent} if agent else {}
    return JournalEntry(
        kind=kind, at=NOON + timedelta(seconds=seconds), call_id=call or call_id(), agent_id=agent, body=body
    )


def arrival(
    fields: Fields, seconds: float = 0, *, call: str | None = None, number: str = NUMBER, name: str = "张三"
) -> JournalEntry:
    sealed = {
        "number": fields.seal(number),
        "name": fields.seal(name),
        "number_hash": fields.number_hash(number),
    }
    leg = (call or call_id()).removeprefix("HC")
    caller = {"caller_channel": "PJSIP/carrier-test-1", "caller_leg": leg}
    given = {"dialled": "12345", "diverted_from": "", "trunk": "carrier-test"}
    return entry("CallArrived", seconds, call=call, **caller, **given, **sealed)


def answered_call(fields: Fields, n: int = 1) -> list[JournalEntry]:
    """Key 3, 12 s in the queue, 60 s with 1001 of which 20 s on hold."""
    call = call_id(n)
    leg = f"demo-1-{EPOCH}.{n}"
    answer = {"leg": f"{leg}1", "channel": "PJSIP/1001-1", "queue": "enterprise", "waited_s": 12.0}
    return [
        arrival(fields, 0, call=call),
        entry("RecordingStarted", 0.1, call=call, leg=leg, role="caller", path=f"2026/11/21/{call}.caller.sln"),
        entry("MenuKeyPressed", 4, call=call, key="3"),
        entry("CallerJoinedQueue", 5, call=call, queue="enterprise", position=1),
        entry(
            "AgentRang",
            15,
            call=call,
            agent="1001",
            leg=f"{leg}1",
            channel="PJSIP/1001-1",
            queue="enterprise",
        ),
        entry("AgentAnswered", 17, call=call, agent="1001", **answer),
        entry("CallerHeld", 37, call=call, by="redirect"),
        entry("CallerRetrieved", 57, call=call),
        entry("AgentLeft", 77, call=call, agent="1001", leg=f"{leg}1", cause=16),
        entry("CallerHungUp", 77.5, call=call, cause=16),
    ]

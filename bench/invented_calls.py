"""Events of calls that nobody makes, as Asterisk would tell them."""

from __future__ import annotations

import time
from collections.abc import Sequence

Event = dict[str, str]

KINDS_A_CALL = {
    "CallArrived": 1,
    "MenuKeyPressed": 1,
    "CallerJoinedQueue": 1,
    "AgentRang": 2,
    "AgentDidNotAnswer": 1,
    "AgentAnswered": 1,
    "CallerHeld": 1,
    "CallerRetrieved": 1,
    "AgentLeft": 1,
    "CallerHungUp": 1,
}
"""What each call of a burst leaves in the journal; some events leave more than this."""


class InventedCall:
    """One caller; ids begin with a time that no real call of the run has."""

    def __init__(self, number: int, *, agent: str, first: int = 1) -> None:
        self.leg = f"{first}{int(time.time()) % 10**8:08d}.{number}"
        self.id = f"HCdemo-1-{self.leg}"
        self.agent = agent
        self._channel = f"PJSIP/test-citizen-{number:08x}"
        self._agent_leg = f"{self.leg}1"

    def joins(self) -> list[Event]:
        return [self.arrives(), self._caller("QueueCallerJoin", Queue="hl-general", Position="1")]

    def rings(self) -> list[Event]:
        return [self._caller("AgentCalled", **self._desk(self.agent, self._agent_leg), Queue="hl-general")]

    def answered(self) -> list[Event]:
        return [self._caller("AgentConnect", **self._desk(self.agent, self._agent_leg), Queue="hl-general")]

    def ends(self) -> list[Event]:
        return [self._agent("Hangup", Cause="16"), self._caller("Hangup", Cause="16")]

    def arrives(self) -> Event:
        return self._caller("UserEvent", UserEvent="HotlineArrived", CallId=self.id, Dialled="12345", Trunk="test")

    def whole(self, other: str) -> list[Event]:
        """Eleven events: menu, queue, a ring that was missed, talk, the phone's hold, the end."""
        missed = self._desk(other, f"{self.leg}0")
        return [
            self.arrives(),
            self._caller("DTMFEnd", Digit="3", Direction="Received"),
            self._caller("QueueCallerJoin", Queue="hl-general", Position="1"),
            self._caller("AgentCalled", **missed, Queue="hl-general"),
            self._caller("AgentRingNoAnswer", **missed, Queue="hl-general"),
            *self.rings(),
            *self.answered(),
            self._agent("Hold"),
            self._agent("Unhold"),
            *self.ends(),
        ]

    def _caller(self, event: str, **headers: str) -> Event:
        return {**_opening(event), **self._side("caller", self._channel, self.leg), **headers}

    def _agent(self, event: str, **headers: str) -> Event:
        return {**_opening(event), **self._side("agent", _desk_channel(self.agent), self._agent_leg), **headers}

    def _desk(self, agent: str, leg: str) -> Event:
        side = self._side("agent", _desk_channel(agent), leg)
        return {**{f"Dest{name}": value for name, value in side.items()}, "Interface": f"PJSIP/{agent}"}

    def _side(self, role: str, channel: str, leg: str) -> Event:
        """A channel as Asterisk writes it: in another order cti takes none (cti/asterisk/layout.py)."""
        return {
            "Channel": channel, "ChannelState": "6", "ChannelStateDesc": "Up", "CallerIDNum": "13800000001",
            "CallerIDName": "<unknown>", "ConnectedLineNum": "<unknown>", "ConnectedLineName": "<unknown>",
            "Language": "zh", "AccountCode": "", "Context": "hl-queue", "Exten": "s", "Priority": "1",
            "Uniqueid": leg, "Linkedid": self.leg,
            "ChanVariable(HOTLINE_CALL_ID)": self.id, "ChanVariable(HOTLINE_ROLE)": role,
        }  # fmt: skip


def _desk_channel(agent: str) -> str:
    return f"PJSIP/{agent}-0000000a"


def _opening(event: str) -> Event:
    return {"Event": event, "Privilege": "call,all", "Timestamp": f"{time.time():.6f}", "SystemName": "demo-1"}


def burst(events: int, agents: Sequence[str]) -> tuple[list[str], list[Event]]:
    """At least so many events of whole calls: the calls' ids, and the events, each call's in order."""
    said: list[Event] = []
    calls: list[str] = []
    while len(said) < events:
        number = len(calls)
        call = InventedCall(number, agent=agents[number % len(agents)], first=2)
        calls.append(call.id)
        said += call.whole(agents[(number + 1) % len(agents)])
    return calls, said

"""A call's messages as Asterisk would send them, for stories that were not recorded."""

from __future__ import annotations

from datetime import datetime

Message = dict[str, str]


class Line:
    """One caller's messages; `at` stamps them when given."""

    def __init__(self, call: str = "HCdemo-1-1795000000.1", number: str = "13800000001") -> None:
        self.call, self.leg = call, call.removeprefix("HC")
        self.number = number
        self.at: datetime | None = None

    def caller(self, event: str, **headers: str) -> Message:
        return self._stamped(
            {
                "Event": event,
                "Channel": f"PJSIP/test-citizen-{abs(hash(self.call)) % 16**8:08x}",
                "CallerIDNum": self.number,
                "CallerIDName": "张三",
                "Uniqueid": self.leg,
                "ChanVariable(HOTLINE_CALL_ID)": self.call,
                "ChanVariable(HOTLINE_ROLE)": "caller",
                **headers,
            }
        )

    def arrives(self) -> Message:
        return self.caller("UserEvent", UserEvent="HotlineArrived", CallId=self.call, Dialled="12345", Trunk="test")

    def joins(self, queue: str = "general") -> Message:
        return self.caller("QueueCallerJoin", Queue=f"hl-{queue}", Position="1")

    def rings(self, agent: str = "1001", leg: str = "a1", queue: str = "general") -> Message:
        return self.caller("AgentCalled", Queue=f"hl-{queue}", **self._dest(agent, leg))

    def answered(self, agent: str = "1001", leg: str = "a1", queue: str = "general") -> Message:
        return self.caller("AgentConnect", Queue=f"hl-{queue}", **self._dest(agent, leg))

    def bridged(self, bridge: str = "b1", *, room: bool = False, role: str = "", leg: str = "") -> Message:
        """The caller's leg, or another one, comes into a bridge."""
        there = {"BridgeUniqueid": bridge, "BridgeCreator": "ConfBridge" if room else "<unknown>"}
        return self.caller("BridgeEnter", **there, **self._other(role, leg))

    def unbridged(self, bridge: str = "b1", *, role: str = "", leg: str = "") -> Message:
        return self.caller("BridgeLeave", BridgeUniqueid=bridge, **self._other(role, leg))

    def told(self, word: str, *, role: str = "", leg: str = "", **headers: str) -> Message:
        """One of the dialplan's own UserEvents."""
        return self.caller("UserEvent", UserEvent=word, CallId=self.call, **headers, **self._other(role, leg))

    def third(self, state: str, leg: str, role: str = "specialist", party: str = "tax", **headers: str) -> Message:
        """HotlineLeg of a third party."""
        told = {"State": state, "Role": role, "Party": party, "Label": "税务局", **headers}
        return self.told("HotlineLeg", role=role, leg=leg, **told)

    def third_gone(self, leg: str, role: str = "specialist", cause: str = "16") -> Message:
        return self.caller("Hangup", Cause=cause, ChannelState="6", **self._other(role, leg))

    def _other(self, role: str, leg: str) -> Message:
        if not role:
            return {}
        name = f"PJSIP/{'1001' if role == 'agent' else role}-0000000a"
        return {"ChanVariable(HOTLINE_ROLE)": role, "Uniqueid": leg, "Channel": name}

    def hold_music(self) -> Message:
        return self.caller("MusicOnHoldStart", Context="hl-hold")

    def in_room(self) -> Message:
        return self.caller("ConfbridgeJoin", Conference=self.call)

    def agent_gone(self, agent: str = "1001", leg: str = "a1", cause: str = "16") -> Message:
        return self._stamped(
            {
                "Event": "Hangup",
                "Channel": f"PJSIP/{agent}-0000000a",
                "Uniqueid": leg,
                "Cause": cause,
                "ChanVariable(HOTLINE_CALL_ID)": self.call,
                "ChanVariable(HOTLINE_ROLE)": "agent",
            }
        )

    def gone(self, cause: str = "16") -> Message:
        return self.caller("Hangup", Cause=cause)

    def _dest(self, agent: str, leg: str) -> Message:
        return {"Interface": f"PJSIP/{agent}", "DestChannel": f"PJSIP/{agent}-0000000a", "DestUniqueid": leg}

    def _stamped(self, message: Message) -> Message:
        return message | ({"Timestamp": f"{self.at.timestamp():.6f}"} if self.at else {})


def contact(agent: str, status: str, page: str = "abc") -> Message:
    return {"Event": "ContactStatus", "EndpointName": agent, "ContactStatus": status, "URI": f"sip:{page}@127.0.0.1:1"}

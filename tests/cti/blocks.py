"""Blocks of AMI as Asterisk writes them: texts go in as they were sent, cut where Asterisk cuts them."""

from __future__ import annotations

LONGEST = 79
"""Asterisk cuts a number, a name and what was dialled after so many bytes (AST_MAX_EXTENSION, AST_CHANNEL_NAME)."""
OPENING = "Privilege: call,all\r\nTimestamp: 1795000000.123456\r\nSystemName: demo-1\r\n"
BRIDGE = (
    "BridgeUniqueid: b1\r\nBridgeType: base\r\nBridgeTechnology: softmix\r\nBridgeCreator: ConfBridge\r\n"
    "BridgeName: HCown\r\nBridgeNumChannels: 2\r\nBridgeVideoSourceMode: none\r\n"
)
BEFORE = {"BridgeEnter": BRIDGE, "BridgeLeave": BRIDGE}
BEFORE |= dict.fromkeys(("ConfbridgeJoin", "ConfbridgeMute", "ConfbridgeUnmute"), f"Conference: HCown\r\n{BRIDGE}")
BEHIND = {
    "Hangup": "Cause: 16\r\nCause-txt: Normal Clearing\r\n",
    "HangupRequest": "Cause: 16\r\n",
    "DTMFEnd": "Digit: 1\r\nDurationMs: 80\r\nDirection: Received\r\n",
    "QueueCallerJoin": "Queue: hl-general\r\nPosition: 1\r\nCount: 1\r\n",
    "QueueCallerLeave": "Queue: hl-general\r\nPosition: 1\r\nCount: 0\r\n",
    "QueueCallerAbandon": "Queue: hl-general\r\nPosition: 1\r\nOriginalPosition: 1\r\nHoldTime: 4\r\n",
    "AgentCalled": "Queue: hl-general\r\nInterface: PJSIP/1001\r\nMemberName: 1001\r\n",
    "AgentConnect": "Queue: hl-general\r\nInterface: PJSIP/1001\r\nMemberName: 1001\r\nHoldTime: 4\r\nRingTime: 2\r\n",
    "AgentRingNoAnswer": "Queue: hl-general\r\nInterface: PJSIP/1001\r\nMemberName: 1001\r\nRingTime: 20000\r\n",
    "UserEvent": "UserEvent: HotlineFallback\r\nCallId: HCown\r\nReason: agi\r\n",
    "MusicOnHoldStart": "Class: default\r\n",
    "Hold": "MusicClass: default\r\n",
    "ConfbridgeJoin": "Admin: No\r\nMuted: No\r\n",
    "ConfbridgeMute": "Admin: No\r\n",
    "ConfbridgeUnmute": "Admin: No\r\n",
}
PLACES = ("number", "connected", "dialled", "name")


def cut(text: str) -> str:
    return text.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "replace")


def channel(prefix: str = "", leg: str = "2", call: str = "HCown", **texts: str) -> str:
    """Only a number, a connected number and what was dialled stand here as somebody sent them: names are escaped."""
    told = {place: cut(texts.get(place, "138" if place == "number" else "s")) for place in PLACES}
    told["name"] = told["name"].replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
    lines = [
        f"Channel: PJSIP/test-citizen-0000000{leg}", "ChannelState: 6", "ChannelStateDesc: Up",
        f"CallerIDNum: {told['number']}", f"CallerIDName: {told['name']}", f"ConnectedLineNum: {told['connected']}",
        "ConnectedLineName: <unknown>", "Language: zh", "AccountCode: ", "Context: hl-room-caller",
        f"Exten: {told['dialled']}", "Priority: 1", f"Uniqueid: demo-1-179500000{leg}.1",
        "Linkedid: demo-1-1795000001.1", f"ChanVariable: HOTLINE_CALL_ID={call}",
        f"ChanVariable: HOTLINE_ROLE={'caller' if call else ''}",
    ]  # fmt: skip
    return "".join(f"{prefix}{line}\r\n" for line in lines)


def event(kind: str, prefixes: tuple[str, ...] = ("",), call: str = "HCown", **texts: str) -> bytes:
    """An event of one channel, or of two: the same texts stand in each."""
    channels = "".join(channel(prefix, str(2 + at), call, **texts) for at, prefix in enumerate(prefixes))
    whole = f"Event: {kind}\r\n{OPENING}{BEFORE.get(kind, '')}{channels}{BEHIND.get(kind, '')}\r\n"
    return whole.encode("utf-8", "replace")


def row(action_id: str, leg: str = "2", call: str = "", application: str = "x", **texts: str) -> bytes:
    """Of CoreShowChannels; what an application was given may hold a name as it was sent."""
    tail = f"Application: Set\r\nApplicationData: {cut(application)}\r\nDuration: 00:00:07\r\nBridgeId: b1\r\n"
    told = f"Event: CoreShowChannel\r\nActionID: {action_id}\r\n{channel('', leg, call, **texts)}{tail}\r\n"
    return told.encode("utf-8", "replace")


def seat(action_id: str, leg: str = "2", **texts: str) -> bytes:
    """Of ConfbridgeList."""
    own = "Conference: HCown\r\nAdmin: No\r\nMarkedUser: No\r\nWaitMarked: No\r\nEndMarked: No\r\nWaiting: No\r\n"
    own += f"Muted: {'Yes' if leg == '2' else 'No'}\r\nTalking: No\r\nAnsweredTime: 4\r\n"
    told = f"Event: ConfbridgeList\r\nActionID: {action_id}\r\n{own}{channel('', leg, **texts)}\r\n"
    return told.encode("utf-8", "replace")


def entry(action_id: str, leg: str = "2", number: str = "138", name: str = "x", connected: str = "unknown") -> bytes:
    """Of QueueStatus: here names stand as they were sent as well."""
    told = (
        f"Event: QueueEntry\r\nQueue: hl-general\r\nPosition: {leg}\r\nChannel: PJSIP/test-citizen-0000000{leg}\r\n"
        f"Uniqueid: demo-1-179500000{leg}.1\r\nCallerIDNum: {cut(number)}\r\nCallerIDName: {cut(name)}\r\n"
        f"ConnectedLineNum: {cut(connected)}\r\nConnectedLineName: unknown\r\nWait: 7\r\nPriority: 0\r\n"
        f"ActionID: {action_id}\r\n\r\n"
    )
    return told.encode("utf-8", "replace")


def begin(action_id: str) -> bytes:
    return f"Response: Success\r\nActionID: {action_id}\r\nEventList: start\r\nMessage: will follow\r\n\r\n".encode()


def end(name: str, action_id: str) -> bytes:
    return f"Event: {name}\r\nActionID: {action_id}\r\nEventList: Complete\r\nListItems: 1\r\n\r\n".encode()


def cut_up(stream: bytes) -> list[bytes]:
    """The stream's blocks as the protocol finds them."""
    return [block.lstrip(b"\r\n") for block in stream.split(b"\r\n\r\n") if block.strip()]

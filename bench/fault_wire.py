"""The actions that cti really sent to Asterisk, read off the wire between the two."""

from __future__ import annotations

from collections import Counter

END = b"\r\n\r\n"
COUNTED = frozenset({"Redirect", "Hangup", "Originate", "ConfbridgeMute", "ConfbridgeUnmute"})
"""What people order. Queue membership is repaired by cti itself after a fault, as often as it likes."""

Act = tuple[str, str, str]


class Wire:
    """`told` is shown every piece; an action is written in one, so each piece holds whole blocks."""

    def __init__(self) -> None:
        self.sent: Counter[Act] = Counter()

    def told(self, piece: bytes) -> None:
        for block in piece.split(END):
            lines = block.decode("utf-8", "replace").split("\r\n")
            fields = dict(line.split(": ", 1) for line in lines if ": " in line)
            if fields.get("Action") in COUNTED:
                self.sent[fields["Action"], fields.get("Channel", ""), fields.get("Context", "")] += 1

    def beyond(self, ordered: Counter[Act]) -> Counter[Act]:
        """What was sent more often than anybody ordered it."""
        return self.sent - ordered

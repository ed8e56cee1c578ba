"""One AMI block as a plain dict of headers: the first value of a name wins, a second one is never a list."""

from __future__ import annotations

from collections.abc import Mapping

Message = Mapping[str, str]
"""Headers by their name; variables of `channelvars` as `ChanVariable(NAME)`, `DestChanVariable(NAME)` and so on."""

VARIABLES = ("ChanVariable", "DestChanVariable", "SpyerChanVariable", "SpyeeChanVariable")

CALL_ID = "ChanVariable(HOTLINE_CALL_ID)"
DEST_CALL_ID = "DestChanVariable(HOTLINE_CALL_ID)"
SPIED_CALL_ID = "SpyeeChanVariable(HOTLINE_CALL_ID)"
ROLE = "ChanVariable(HOTLINE_ROLE)"


def event_name(block: bytes) -> bytes:
    """The name of an event block without reading the rest of it; empty for a response."""
    if not block.startswith(b"Event: "):
        return b""
    end = block.find(b"\r\n", 7)
    return block[7:] if end < 0 else block[7:end]


def header(line: str) -> tuple[str, str] | None:
    """Name and value of one line; None for a line that is no header."""
    name, colon, value = line.partition(":")
    if not colon:
        return None
    value = value[1:] if value.startswith(" ") else value
    if name in VARIABLES:
        variable, _, value = value.partition("=")
        name = f"{name}({variable})"
    return name, value


def shown(value: str | None) -> str:
    """A caller's number or name as it was sent: nothing for `<unknown>`, and without AMI's backslashes.

    Asterisk escapes quotes and question marks in CallerIDName; the dialplan's guard lets no backslash through.
    """
    return "" if value is None or value == "<unknown>" else value.replace("\\", "")


def call_id_of(message: Message) -> str:
    """The call that a message is about; empty when it is about none."""
    return message.get(CALL_ID) or message.get(DEST_CALL_ID) or message.get(SPIED_CALL_ID) or ""

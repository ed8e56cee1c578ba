"""An AMI action that was sent and not yet answered in full: its future always ends."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Mapping

from panoramisk.actions import Action

from cti.asterisk.message import Message

KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}\Z")
ROUTINE = re.compile(r"Local/[0-9a-z_]{1,40}@hl-reach-[a-z]{1,20}/n\Z")
"""What may be originated: whom such a routine then rings is the dialplan's to say, in test mode as well."""
VALUE_LIMIT = 512
NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, and what other readers take for the end of a line."""
KEYS_LIMIT = 40


class ActionRefused(ValueError):
    """The action may not leave this process: not allowed here, or its text could become protocol."""


class NotConnected(ConnectionError):
    """No AMI session; nothing was sent and nothing will be sent later."""


class AmiError(Exception):
    """Asterisk answered with an error; the text is its Message."""


class AmiTimeout(Exception):
    """No full answer within the deadline; whether it was carried out is unknown."""


class Asked(Action):  # type: ignore[misc]  # panoramisk has no types
    """Panoramisk's action (its ActionID and its text on the wire) with our own rule for «complete»."""

    def __init__(
        self,
        action: Mapping[str, str],
        *,
        as_list: bool,
        loop: asyncio.AbstractEventLoop,
        on_complete: Callable[[list[Message]], None] | None = None,
    ) -> None:
        super().__init__(dict(action), as_list=as_list)
        self.future = loop.create_future()
        # Nobody may be waiting any more when a lost connection ends it: that is no error of the loop.
        self.future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.on_complete = on_complete
        self.gathered: list[Message] = []

    def take(self, message: Message) -> bool:
        """Add one message that bears our ActionID; True when the answer is complete."""
        self.gathered.append(message)
        if message.get("Response") == "Error":
            return self._end(AmiError(message.get("Message", "")))
        if self.as_list and message.get("EventList") != "Complete":
            return False
        if not self.as_list and "Response" not in message:
            return False
        if self.on_complete is not None:
            self.on_complete(self.gathered)
        return self._end(None)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)

    def _end(self, error: Exception | None) -> bool:
        if not self.future.done():
            if error is None:
                self.future.set_result(self.gathered)
            else:
                self.future.set_exception(error)
        return True


def check(action: Mapping[str, str], allowed: frozenset[str]) -> None:
    """Raises ActionRefused unless every key and value is one printable line and the action allowed."""
    name = action.get("Action", "")
    if name not in allowed:
        raise ActionRefused(f"action {name!r} is not allowed on this connection")
    if len(action) > KEYS_LIMIT:
        raise ActionRefused(f"{name}: too many headers")
    if name == "Originate" and not (ROUTINE.match(action.get("Channel", "")) and action.get("Async") == "true"):
        raise ActionRefused("Originate: only a routine of our own dialplan may be started, and nobody waits for it")
    for key, value in action.items():
        if not KEY.match(key):
            raise ActionRefused(f"{name}: header name {key!r}")
        if len(value) > VALUE_LIMIT or any(unicodedata.category(char) in NO_TEXT for char in value):
            raise ActionRefused(f"{name}: value of {key} is too long or holds control characters")

"""Panoramisk's AMI protocol made fit for a stream that callers can write into (reliability.md §2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from panoramisk.ami_protocol import AMIProtocol

from cti.asterisk.asked import Asked, NotConnected, check
from cti.asterisk.layout import NoSuchBlock, read
from cti.asterisk.message import Message, event_name
from cti.asterisk.rows import Rows

BLOCK_LIMIT = 256 * 1024
BLOCKS_A_TURN = 100
"""In a burst the loop gets its turns: calls that wait for the disk, timers and the stall watch go on in between."""
BANNER = b"Asterisk Call Manager/"
LAST_TURNS = 20
"""How much of a backlog is still read at once when the session has ended."""
READ_EVERY = 0.008
"""Events come in bursts of two to four: read once, they wake this process once and share one commit."""
END = b"\r\n\r\n"
QUARANTINE_SHOWN = 80

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class WireCounts:
    """What came over the wire since the process started; shown in health."""

    events: int = 0
    skipped: int = 0
    poison: int = 0
    tampered: int = 0


class HardenedProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """Frames bytes, answers actions, hands events on. Nothing it meets makes it raise or disconnect.

    `on_event` and `on_lost` are called inside the loop's read callback: they never wait.
    """

    def __init__(
        self,
        *,
        wanted: frozenset[bytes],
        allowed: frozenset[str],
        on_event: Callable[[Message], None],
        on_lost: Callable[[Exception | None], None],
        counts: WireCounts,
        loop: asyncio.AbstractEventLoop,
        read_every: float = 0.0,
    ) -> None:
        self._wanted, self._allowed = wanted, allowed
        self._on_event, self._on_lost = on_event, on_lost
        self._counts, self._loop = counts, loop
        self._read_every = read_every
        self._resting = False
        self._buffer = bytearray()
        self._rows = Rows(lambda action_id: action_id in self.responses)
        self._scanned = 0
        self._overlong = False
        self._resuming = False
        self.heard_at = loop.time()
        self.closed = True
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take what has come, now or with what comes in the next few milliseconds."""
        self.heard_at = self._loop.time()
        self._buffer += data
        if self._resuming:
            return
        if not self._read_every or self._resting:
            self._cut_safely()
        elif self.transport is not None and not self.transport.is_closing():
            self._resting = True
            self.transport.pause_reading()
            self._loop.call_later(self._read_every, self._read_on)

    def is_behind(self, since: float) -> bool:
        """Whether something was heard after this loop time, or still waits to be read: the server is alive."""
        return self._resuming or self.heard_at > since

    def _read_on(self) -> None:
        """The next bytes, when there are more, are read in this turn of the loop: cut after it."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
        self._loop.call_soon(self._loop.call_soon, self._rested)

    def _rested(self) -> None:
        if not self.closed and not self._resuming:
            self._cut_safely()
        self._resting = False

    def _resume(self) -> None:
        self._resuming = False
        if not self.closed:
            self._cut_safely()

    def _cut_safely(self) -> None:
        """Cut the stream at empty lines. Only new bytes are searched, and a block has a largest size."""
        try:
            self._cut()
        except Exception:  # the stream goes on whatever one block holds
            log.exception("ami_framing_failed")
            self._drop_buffer()

    def send(
        self,
        data: Mapping[str, str],
        as_list: bool = False,
        on_complete: Callable[[list[Message]], None] | None = None,
    ) -> asyncio.Future[list[Message]]:
        """Send one checked action. Raises ActionRefused or NotConnected; nothing is ever kept for later."""
        check(data, self._allowed)
        if self.closed or self.transport is None or self.transport.is_closing():
            raise NotConnected("no AMI session")
        asked = Asked(data, as_list=as_list, loop=self._loop, on_complete=on_complete)
        self.responses[asked.id] = asked
        asked.future.add_done_callback(lambda _: self.responses.pop(asked.id, None))
        self.transport.write(str(asked).encode("utf-8"))
        return asked.future

    def handle_message(self, message: Message) -> None:
        """An answer goes to its action; an event goes on, also when it bears a pending ActionID."""
        asked = self.responses.get(message.get("ActionID", ""))
        if asked is not None:
            asked.take(message)
        if "Event" in message and message["Event"].encode() in self._wanted:
            self._counts.events += 1
            self._on_event(message)

    def connection_lost(self, exc: Exception | None) -> None:
        for _ in range(LAST_TURNS):  # what had come before
            self._resuming = False
            self._cut_safely()
            if not self._resuming:
                break
        self.close()
        self._on_lost(exc)

    def close(self) -> None:
        """End the session; every unanswered action fails now and none is sent again."""
        self.closed = True
        self._drop_buffer()
        for asked in list(getattr(self, "responses", {}).values()):
            asked.fail(NotConnected("the AMI session ended before the answer"))
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()

    def _cut(self) -> None:
        if self.version is None and not self._read_banner():
            return
        start = blocks = 0
        while blocks < BLOCKS_A_TURN and (end := self._buffer.find(END, max(start, self._scanned))) >= 0:
            self._block(bytes(self._buffer[start:end]))
            start = self._scanned = end + len(END)
            blocks += 1
        del self._buffer[:start]
        if blocks == BLOCKS_A_TURN:
            self._scanned, self._resuming = 0, True
            self._loop.call_soon(self._resume)
            return
        self._scanned = max(0, len(self._buffer) - len(END) + 1)
        if len(self._buffer) > BLOCK_LIMIT:
            self._refuse_overlong()

    def _read_banner(self) -> bool:
        line, end, _ = bytes(self._buffer[:200]).partition(b"\r\n")
        if not end and len(self._buffer) < 200:
            return False
        if line.startswith(BANNER):
            self.version = line[len(BANNER) :].decode("ascii", "replace")
            del self._buffer[: len(line) + 2]
        else:
            self.version = ""
        return True

    def _block(self, block: bytes) -> None:
        if self._overlong:  # the tail of what was too long
            self._overlong = False
            return
        whole = self._rows.take(block.lstrip(b"\r\n"))
        if whole is None:
            self._tampered(event_name(block), size=len(block))
            return
        name = event_name(whole)
        if name and name not in self._wanted and not (self.responses and b"\r\nActionID: " in whole):
            self._counts.skipped += 1
            return
        try:
            message, uncounted = read(whole, self._is_ours)
            if uncounted:
                self._tampered(name, uncounted=uncounted)
            self.handle_message(message)
        except NoSuchBlock:
            self._tampered(name, size=len(whole))
        except Exception as error:
            self._quarantine(whole, type(error).__name__)

    def _is_ours(self, action_id: str) -> bool:
        return action_id in self.responses or action_id == self._rows.listed != ""

    def _tampered(self, name: bytes, **about: object) -> None:
        """A caller's text stood where Asterisk writes its own; what it says is not told."""
        self._counts.tampered += 1
        log.error("ami_tampered", alarm=True, event_name=_shown(name), **about)

    def _refuse_overlong(self) -> None:
        self._quarantine(bytes(self._buffer[:QUARANTINE_SHOWN]), "longer than 256 KB")
        del self._buffer[: len(self._buffer) - len(END) + 1]
        self._scanned = 0
        self._overlong = True

    def _quarantine(self, block: bytes, reason: str) -> None:
        """Counted and named, never stored: raw AMI text may hold a caller's number."""
        self._counts.poison += 1
        log.error("ami_poison", alarm=True, event_name=_shown(event_name(block)), size=len(block), reason=reason)

    def _drop_buffer(self) -> None:
        self._buffer.clear()
        self._scanned = 0


def _shown(name: bytes) -> str:
    return name[:QUARANTINE_SHOWN].decode("ascii", "replace")

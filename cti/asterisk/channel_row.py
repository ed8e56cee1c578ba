"""Rows of CoreShowChannels: no event filter stands before them, so here a caller's text is kept from becoming AMI.

Until the dialplan's guard has cleaned it, a number (or what was dialled) is written as it came: a line end in it begins
a header, an empty line a block of its own, with an event's name if the caller likes. But Asterisk writes each row in
one piece, and always the same headers stand before and behind all that a caller can write into.
"""

from __future__ import annotations

from collections.abc import Sequence

from cti.asterisk.message import VARIABLES, header

EVENT = b"Event: CoreShowChannel\r\n"
BEHIND = ("Priority", "Uniqueid", "Linkedid")
"""Behind the last text that a caller can write into."""
END = ("Application", "ApplicationData", "Duration", "BridgeId")
"""Whoever would end a row needs these and those behind: 85 bytes. Asterisk cuts what a caller sends after 79."""
BETWEEN = (*VARIABLES, "TenantID")
"""What may stand between the two."""
PIECES_LIMIT = 64 * 1024
_GAP = b"\r\n\r\n"


class ChannelRows:
    """Puts rows together again that a caller's text has torn; `take` is shown every block of the stream in turn."""

    def __init__(self) -> None:
        self._torn = b""

    def take(self, block: bytes) -> bytes | None:
        """The block itself, the whole row that ends with it, or None while it is a piece of one."""
        if not self._torn and not block.startswith(EVENT):
            return block
        if self._torn and _of_same_answer(block, self._torn):  # a row without an end is no row of ours
            self._torn = b""
            return self.take(block)
        whole = self._torn + block
        if ends_row(whole):
            self._torn = b""
            return whole
        self._torn = whole + _GAP if len(whole) < PIECES_LIMIT else b""
        return None


def ends_row(block: bytes) -> bool:
    """Whether the last headers of a row stand at its very end, in their order."""
    own = [name for name, _ in _headers(block) if not name.startswith(BETWEEN)]
    return tuple(own[-len(BEHIND + END) :]) == BEHIND + END


def read_row(block: bytes) -> tuple[dict[str, str], list[str]]:
    """The headers of a whole row, and the names that came twice.

    What stands before a caller's text, and the text itself, is believed where it comes first, the rest where it comes
    last. A variable or an id counts only where Asterisk writes it.
    """
    lines = _headers(block)
    behind = _behind(lines)
    headers: dict[str, str] = {}
    for name, value in lines[:behind]:
        if name == "Context" or name not in headers:
            headers[name] = value
    for name in (*BEHIND, *END, *(name for name in headers if name.startswith(VARIABLES))):
        headers.pop(name, None)
    headers.update(lines[behind:])
    names = [name for name, _ in lines]
    return headers, sorted({name for name in names if names.count(name) > 1})


def _behind(lines: Sequence[tuple[str, str]]) -> int:
    """Where the last run of those headers begins; 0 in what is no whole row."""
    names = tuple(name for name, _ in lines)
    places = [n for n in range(len(names)) if names[n : n + len(BEHIND)] == BEHIND]
    return places[-1] if places else 0


def _headers(block: bytes) -> list[tuple[str, str]]:
    found = (header(line) for line in block.decode("utf-8", "replace").split("\r\n"))
    return [each for each in found if each is not None]


def _of_same_answer(block: bytes, torn: bytes) -> bool:
    """Whether a block is the next one of the list that a torn row is of: its ActionID is known to nobody else."""
    named = torn.split(b"\r\n", 2)[1]
    return named.startswith(b"ActionID: ") and block.split(b"\r\n", 2)[1:2] == [named]

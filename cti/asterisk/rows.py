"""Rows of AMI's lists: no event filter stands before them, so here those are made whole that a caller's text has torn.

Asterisk writes each row in one piece, and nothing else within a list.
"""

from __future__ import annotations

from collections.abc import Callable

from cti.asterisk.layout import ROWS, NoSuchBlock, headers_of, read
from cti.asterisk.message import event_name

PIECES_LIMIT = 64 * 1024
STARTS, ENDS = b"\r\nEventList: start", b"\r\nEventList: Complete"
_GAP = b"\r\n\r\n"
_ROWS = frozenset(name.encode() for name in ROWS)


class Rows:
    """Puts rows together again; `take` is shown every block of the stream in turn.

    `is_asked` knows the ActionIDs that wait for an answer: nobody else does.
    """

    def __init__(self, is_asked: Callable[[str], bool]) -> None:
        self._is_asked = is_asked
        self._torn = b""
        self.listed = ""
        """The ActionID of the list that is being told, also when nobody waits for it any more."""

    def take(self, block: bytes) -> bytes | None:
        """The block itself, the whole row that ends with it, or None while it is a piece of one."""
        answers = block.startswith(b"Response: ")
        if not self.listed and not answers:
            return block
        named = _named(block)
        if answers and self._is_asked(named):
            self.listed, self._torn = named if STARTS in block else "", b""
        if not self.listed:
            return block
        if named == self.listed:  # a row without an end is no row
            self._torn = b""
        if not self._torn and event_name(block) not in _ROWS:
            if named == self.listed and ENDS in block:
                self.listed = ""
            return block
        return self._row(self._torn + block)

    def _row(self, whole: bytes) -> bytes | None:
        try:
            read(whole, lambda action_id: action_id == self.listed)
        except NoSuchBlock:
            self._torn = whole + _GAP if len(whole) < PIECES_LIMIT else b""
            return None
        self._torn = b""
        return whole


def _named(block: bytes) -> str:
    """The ActionID in its second line, where all of a list have it but the rows that name it last."""
    found = headers_of(b"\r\n".join(block.split(b"\r\n", 2)[:2]))[1:]
    return found[0][1] if found and found[0][0] == "ActionID" else ""

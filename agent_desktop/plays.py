"""Which recordings a session has begun to play, so that its range requests are one play."""

from __future__ import annotations

from collections import OrderedDict

_KEPT = 5000


class Plays:
    def __init__(self) -> None:
        self._begun: OrderedDict[tuple[str, str], None] = OrderedDict()

    def is_new(self, session_id: str, recording_id: str) -> bool:
        """True the first time; a forgotten one counts as new, so that no play goes unaudited."""
        key = (session_id, recording_id)
        if key in self._begun:
            return False
        self._begun[key] = None
        if len(self._begun) > _KEPT:
            self._begun.popitem(last=False)
        return True

"""One open window: frames are made when its socket is free to take them, from the newest state."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from time import monotonic

from agent_desktop.frames import CaseFrame, ErrorFrame, ReplyFrame, ServerFrame, encode
from agent_desktop.sessions import Session

LONGEST_QUEUE = 64


class Window(ABC):
    """A slow window skips states instead of queueing them. Only replies and errors are queued, and few."""

    def __init__(self, session: Session, *, window: str = "", address: str = "") -> None:
        self.session = session
        self.window = window
        self.address = address
        self.close_code: int | None = None
        self.heard_at = monotonic()
        self._seq = -1
        self._direct: deque[ServerFrame] = deque()
        self._wake = asyncio.Event()

    def push(self, frame: ReplyFrame | ErrorFrame | CaseFrame) -> None:
        if len(self._direct) >= LONGEST_QUEUE:
            self.close(4429)
            return
        self._direct.append(frame)
        self._wake.set()

    def close(self, code: int) -> None:
        self.close_code = self.close_code or code
        self._wake.set()

    async def next_texts(self) -> list[str]:
        """Wait until there is something to send; an empty list means that the window must close."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            texts = [self._encode(frame) for frame in self._due()]
            if texts or self.close_code is not None:
                return texts

    @abstractmethod
    def _due(self) -> Iterable[ServerFrame]:
        """What must be sent now."""

    def _encode(self, frame: ServerFrame) -> str:
        if isinstance(frame, ReplyFrame | ErrorFrame):
            return encode(frame)
        self._seq += 1
        return encode(frame, self._seq)

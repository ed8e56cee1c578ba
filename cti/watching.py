"""Waiting for a call to come into a state: how a command knows that what it did has happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from cti.core.call import Call, CallState
from cti.core.events import CallEvent
from cti.core.ids import CallId
from cti.core.refusals import CallGone
from cti.core.story import Story

Condition = Callable[[Call], bool]
Watcher = Callable[[CallEvent, Call], None]


class Watching:
    """Looks at every event after its call has moved; `watchers` are told of each and never wait."""

    def __init__(self, stories: Mapping[CallId, Story]) -> None:
        self._stories = stories
        self._waiting: dict[CallId, list[tuple[Condition, asyncio.Future[Call]]]] = {}
        self.watchers: list[Watcher] = []

    def moved(self, event: CallEvent, call: Call) -> None:
        for watcher in self.watchers:
            watcher(event, call)
        for condition, found in self._waiting.get(call.id, ()):
            if not found.done():
                _judge(condition, found, call)

    async def until(self, call_id: CallId, condition: Condition, *, seconds: float) -> Call:
        """The call as soon as `condition` holds of it. Raises TimeoutError, and CallGone when it cannot any more.

        Never to be awaited inside the call's own lane: what comes there is what makes the condition true.
        """
        story = self._stories.get(call_id)
        if story is None or story.call is None:
            raise CallGone
        found: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        _judge(condition, found, story.call)
        waiting = self._waiting.setdefault(call_id, [])
        waiting.append((condition, found))
        try:
            async with asyncio.timeout(seconds):
                return await found
        finally:
            waiting.remove((condition, found))
            if not waiting:
                self._waiting.pop(call_id, None)


def _judge(condition: Condition, found: asyncio.Future[Call], call: Call) -> None:
    if condition(call):
        found.set_result(call)
    elif call.state is CallState.ENDED:
        found.set_exception(CallGone())

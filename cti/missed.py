"""What the switch wrote down itself of calls that were not heard: told late, with its true times."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from cti.core.call import CallState
from cti.core.events import CallArrived, CallerHungUp, CallEvent
from cti.core.ids import CallId
from cti.core.ports import CallLog
from cti.core.second_source import missed
from cti.core.snapshot import Snapshot
from cti.core.story import Story

if TYPE_CHECKING:
    from cti.engine import Engine

NOTICED_WITHIN = timedelta(seconds=15)
"""A session that has fallen silent is known to be dead by then."""
SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_BACK = timedelta(hours=1)
"""After a start without any journal; else it is read from the last word that was heard."""

log = structlog.get_logger(__name__)

Load = Callable[[Sequence[CallId]], Awaitable[Sequence[Story]]]


class Missed:
    """Asks the switch's own log after each cut; a call that came and went unheard gets its record here."""

    def __init__(self, engine: Engine, call_log: CallLog | None, load: Load) -> None:
        self._engine, self._log, self._load = engine, call_log, load
        self.heard_at: datetime | None = None

    async def catch_up(self, snapshot: Snapshot) -> None:
        """Before the legs of the snapshot are looked at: what it shows is mostly known by then."""
        if self._log is None:
            return
        since = self.heard_at or snapshot.at - LONGEST_BACK
        try:
            told = await self._log.events_since(since, set(self._engine.stories))
        except Exception as error:
            log.error("call_log_not_readable", alarm=True, reason=repr(error))
            return
        self.heard_at = snapshot.at
        strangers = sorted(set(told) - set(self._engine.stories))
        journaled = {story.call.id: story for story in await self._load(strangers) if story.call}
        for call_id, events in told.items():
            known = journaled.get(call_id)
            if known is not None and known.call is not None and known.call.state is CallState.ENDED:
                continue
            if known is not None:
                self._engine.stories.setdefault(call_id, known)
            heard = [event for event in events if event.at < snapshot.at]
            self._engine.lanes.put(call_id, partial(self._tell, call_id, heard))

    async def look_after(self, session: str) -> None:
        """Now and then: while the session lives, nothing of before a quarter of a minute is missing."""
        if session == "up":
            self.heard_at = max(self.heard_at or SINCE_EVER, self._engine.clock.now() - NOTICED_WITHIN)
        if self._log is not None:
            await self._log.trim()

    async def _tell(self, call_id: CallId, told: Sequence[CallEvent]) -> None:
        """In the call's lane, where everything that was heard of it in time is known by now."""
        story = self._engine.stories.get(call_id)
        unheard = missed(story.events if story else (), told)
        if story is None and not _is_whole(unheard):
            return  # no call, or one whose beginning the log does not hold
        if unheard:
            await self._engine.tell_past(unheard)
            log.info("missed_events_told", call_id=call_id, events=len(unheard))


def _is_whole(events: Sequence[CallEvent]) -> bool:
    kinds: Mapping[type, bool] = {type(event): True for event in events}
    return CallArrived in kinds and CallerHungUp in kinds

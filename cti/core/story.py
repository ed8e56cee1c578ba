"""A call with the events that made it, so that one delivered late still takes its right place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cti.core.call import Call, UnexpectedEvent, advance, begin, replay
from cti.core.commands import CloseRecording, Command
from cti.core.events import AgentAnswered, AgentDidNotAnswer, AgentLeft, AgentRang, CallArrived, CallEvent
from cti.core.leg_events import SupervisionEnded, SupervisionStarted


@dataclass(frozen=True, slots=True)
class Story:
    """Events in the order of their times, and the call that they tell."""

    events: tuple[CallEvent, ...] = ()
    call: Call | None = None

    def knows(self, event: CallEvent) -> bool:
        """The same thing was told before: Asterisk or a resync said it twice."""
        return event in self.events

    def call_at(self, at: datetime) -> Call | None:
        """The call as it was at a time: what a late message has to be read against."""
        if not self.events or at >= self.events[-1].at:
            return self.call
        return replay(self.events[: self._place(at)])

    def with_event(self, event: CallEvent) -> tuple[Story, list[Command]]:
        """The story with one more event, and what must now be done. Raises UnexpectedEvent."""
        if self.call is None:
            if not isinstance(event, CallArrived):
                raise UnexpectedEvent(f"{type(event).__name__} before the arrival")
            return Story((event,), begin(event)), []
        if event.at >= self.events[-1].at:
            call, commands = advance(self.call, event)
            return Story((*self.events, event), call), commands
        return self._with_late(event)

    def still_holds(self, event: CallEvent) -> bool:
        """Whether what an event says of an agent is still so: a late one may be long over."""
        call = self.call
        if isinstance(event, SupervisionStarted):
            return not any(isinstance(each, SupervisionEnded) and _ends(each, event) for each in self.events)
        if call is None or not isinstance(event, AgentRang | AgentAnswered | AgentDidNotAnswer | AgentLeft):
            return True
        if isinstance(event, AgentRang):
            return event.leg in {leg.leg for leg in call.ringing}
        if isinstance(event, AgentAnswered):
            return call.talking is not None and call.talking.leg == event.leg
        return True

    def _with_late(self, event: CallEvent) -> tuple[Story, list[Command]]:
        place = self._place(event.at)
        events = (*self.events[:place], event, *self.events[place:])
        told = replay(events)
        return Story(events, told), _closings_missed(self.call, told)

    def _place(self, at: datetime) -> int:
        return bisect_right(self.events, at, key=lambda event: event.at)


def _ends(ended: SupervisionEnded, started: SupervisionStarted) -> bool:
    return ended.leg == started.leg and ended.at >= started.at


def tell(events: Sequence[CallEvent]) -> Story:
    """The story of a call out of its journal."""
    ordered = tuple(sorted(events, key=lambda event: event.at))
    return Story(ordered, replay(ordered))


def _closings_missed(before: Call | None, after: Call | None) -> list[Command]:
    """Recordings that a late end has ended."""
    if before is None or after is None:
        return []
    running = {each.leg for each in after.recordings}
    return [
        CloseRecording(call_id=after.id, leg=each.leg, role=each.role, path=each.path)
        for each in before.recordings
        if each.leg not in running
    ]

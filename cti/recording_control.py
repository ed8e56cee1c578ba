"""Pauses the recording of a call for sensitive data: every file of it together, never for ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from cti.core.call import Call, CallState
from cti.core.events import CallEvent, RecordingStarted
from cti.core.ids import AgentId, CallId, Channel, LegId
from cti.core.leg_events import RecordingPaused, RecordingResumed
from cti.core.recording_commands import MuteRecording
from cti.core.refusals import (
    BadCommand,
    CallGone,
    NotInCall,
    NotRecorded,
    NotYourCall,
    RecordingIsPaused,
    RecordingRuns,
    Refusal,
)
from cti.engine import Engine

LOOK_EVERY = 1.0
REASON_LIMIT = 30
NOBODY = AgentId("")
"""Who resumes when the time limit does."""
RECORDING_KINDS = frozenset({"record_pause", "record_resume"})

Args = Mapping[str, Any]
_CALL = re.compile(r"[0-9A-Za-z._-]{1,100}\Z")

log = structlog.get_logger(__name__)


class RecordingControl:
    """`limit` is how long a pause may last. `run()` ends forgotten ones, also those of an earlier process."""

    def __init__(self, engine: Engine, limit: timedelta) -> None:
        self._engine, self._limit = engine, limit
        engine.watchers.append(self._noticed)

    async def pause(self, actor: AgentId, call_id: CallId, reason: str) -> None:
        """Silent in place, on all files or on none. A second pause changes nothing and says so."""
        call = self._mine(actor, call_id)
        if call.recording_paused:
            raise RecordingIsPaused
        if not call.recordings:
            raise NotRecorded
        await self._mute_all(call)
        at = self._engine.clock.now()
        await self._tell(RecordingPaused(call_id=call_id, at=at, agent=actor, reason=reason))

    async def resume(self, actor: AgentId, call_id: CallId) -> None:
        call = self._mine(actor, call_id)
        if not call.recording_paused:
            raise RecordingRuns
        await self._record_again(call, actor)

    async def run(self) -> None:
        """End the pauses that have lasted too long; until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = self._engine.clock.now()
            for call in self._paused_calls():
                if now - self._paused_at(call) >= self._limit:
                    self._engine.lanes.put(f"recording of {call.id}", partial(self._limit_reached, call.id))

    def _mine(self, actor: AgentId, call_id: CallId) -> Call:
        call = self._living(call_id)
        agents = {leg.party for leg in call.legs_of("agent")} | ({call.talking.agent} if call.talking else set())
        if not agents:
            raise NotInCall
        if actor not in agents:
            raise NotYourCall
        return call

    def _living(self, call_id: CallId) -> Call:
        story = self._engine.stories.get(call_id)
        if story is None or story.call is None or story.call.state is CallState.ENDED:
            raise CallGone
        return story.call

    async def _mute_all(self, call: Call) -> None:
        """All or none: what was silenced records again when one of the others could not be."""
        channels = _channels(call, (each.leg for each in call.recordings))
        results = await asyncio.gather(
            *(self._mute(call.id, channel, muted=True) for channel in channels), return_exceptions=True
        )
        failed = [result for result in results if isinstance(result, BaseException)]
        if failed:
            await asyncio.gather(
                *(self._mute(call.id, channel, muted=False) for channel in channels), return_exceptions=True
            )
            raise failed[0]

    async def _record_again(self, call: Call, actor: AgentId) -> None:
        channels = _channels(call, (each.leg for each in call.recordings))
        await asyncio.gather(*(self._mute(call.id, channel, muted=False) for channel in channels))
        await self._tell(RecordingResumed(call_id=call.id, at=self._engine.clock.now(), agent=actor))

    async def _mute(self, call_id: CallId, channel: Channel, *, muted: bool) -> None:
        """A leg that has left meanwhile has no file any more."""
        try:
            await self._engine.switch.carry_out(MuteRecording(call_id=call_id, channel=channel, muted=muted))
        except CallGone:
            return

    async def _tell(self, event: CallEvent) -> None:
        await self._engine.lanes.ask(event.call_id, partial(self._engine.tell, event))

    async def _limit_reached(self, call_id: CallId) -> None:
        try:
            call = self._living(call_id)
            if call.recording_paused and self._engine.clock.now() - self._paused_at(call) >= self._limit:
                await self._record_again(call, NOBODY)
                log.warning("recording_pause_ended", call_id=call_id, words="录音暂停超时，已自动恢复")
        except Refusal as refusal:  # tried again at the next look
            log.error("recording_not_resumed", alarm=True, call_id=call_id, reason=refusal.code)

    def _noticed(self, event: CallEvent, call: Call) -> None:
        """A leg that begins to be recorded during a pause is silent from its beginning."""
        started = isinstance(event, RecordingStarted) and call.recording_paused
        if started or (isinstance(event, RecordingPaused) and call.recordings):
            self._engine.lanes.put(f"recording of {call.id}", partial(self._silence, call.id))

    async def _silence(self, call_id: CallId) -> None:
        try:
            call = self._living(call_id)
            if call.recording_paused:
                for channel in _channels(call, (each.leg for each in call.recordings)):
                    await self._mute(call_id, channel, muted=True)
        except Refusal as refusal:
            log.error("recording_not_silenced", alarm=True, call_id=call_id, reason=refusal.code)

    def _paused_calls(self) -> list[Call]:
        calls = [story.call for story in self._engine.stories.values() if story.call is not None]
        return [call for call in calls if call.recording_paused and call.state is not CallState.ENDED]

    def _paused_at(self, call: Call) -> datetime:
        """Told by the call's own events, which survive a restart."""
        story = self._engine.stories[call.id]
        return max((event.at for event in story.events if isinstance(event, RecordingPaused)), default=call.arrived_at)


def recording_kinds(control: RecordingControl) -> dict[str, Callable[[AgentId, Args], Awaitable[None]]]:
    """Kind → what is done for the actor."""
    return {
        "record_pause": lambda agent, args: control.pause(agent, _call_id(args), _reason(args)),
        "record_resume": lambda agent, args: control.resume(agent, _call_id(args)),
    }


def _channels(call: Call, legs: Iterable[LegId]) -> list[Channel]:
    known = {call.caller_leg: call.caller_channel} | {leg.leg: leg.channel for leg in call.legs if leg.channel}
    return [known[leg] for leg in dict.fromkeys(legs) if leg in known]


def _call_id(args: Args) -> CallId:
    given = args.get("call_id")
    if not isinstance(given, str) or not _CALL.match(given):
        raise BadCommand("call_id")
    return CallId(given)


def _reason(args: Args) -> str:
    reason = args.get("reason")
    if not isinstance(reason, str) or not reason.strip() or not reason.isprintable() or len(reason) > REASON_LIMIT:
        raise BadCommand("reason")
    return reason.strip()

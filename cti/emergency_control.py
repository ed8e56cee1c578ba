"""One key to 110, 119, 120 and 122 from the desk: guards, then one act; the dialplan does the rest."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from cti.core.call import AgentLeg, Call, CallState
from cti.core.emergency import Emergency, EmergencyState
from cti.core.emergency_commands import SERVICES, CancelEmergency, PressEmergency, one_line
from cti.core.ids import AgentId, CallId
from cti.core.leg_events import EmergencyDescribed
from cti.core.refusals import BadCommand, CallGone, NoEmergency, NotInCall, NotYourCall
from cti.engine import Engine

SEEN_WITHIN = 2.0
"""A press shows in the events a few ms later; the next click is judged on what has become of it."""
TEXT_LIMIT = 500
_DISTRICT = re.compile(r"[0-9a-z_]{0,32}\Z")

Args = Mapping[str, Any]
Act = Callable[[AgentId, Args], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a desk knows: the district chooses the routes, the rest travels to the operator and into the record."""

    district: str = ""
    summary: str = ""
    location: str = ""

    def __bool__(self) -> bool:
        return bool(self.district or self.summary or self.location)


NO_WORDS = Words()


class EmergencyControl:
    """Nothing here waits for the journal or the database, and nothing counts down."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def press(self, actor: AgentId, call_id: CallId, service: str, words: Words = NO_WORDS) -> None:
        """Call the operators of `service`; while that is being done another press is the same one."""
        call, leg = self._mine(actor, call_id)
        at = self._engine.clock.now()
        if _runs(call, service, at):
            return
        await self._engine.switch.carry_out(
            PressEmergency(
                call_id=call_id,
                agent_channel=leg.channel,
                service=service,
                district=words.district,
                summary=words.summary,
                location=words.location,
            )
        )
        log.info("emergency_pressed", call_id=call_id, agent=actor, service=service)
        self._describe(actor, call_id, service, words, at)
        before = call.emergency
        await self._seen(call_id, lambda now: now.emergency is not before)

    async def again(self, actor: AgentId, call_id: CallId, words: Words = NO_WORDS) -> None:
        """The same service once more, from the first route on, with what was said last unless there is newer."""
        call, _ = self._mine(actor, call_id)
        await self.press(actor, call_id, _pressed(call).service, words or self._said(call_id))

    def _describe(self, actor: AgentId, call_id: CallId, service: str, words: Words, at: datetime) -> None:
        """For the record alone: the operator's phone has it from the switch already."""
        if not words:
            return
        told = EmergencyDescribed(
            call_id=call_id,
            at=at,
            service=service,
            agent=actor,
            district=words.district,
            summary=words.summary,
            location=words.location,
        )
        self._engine.lanes.put(call_id, partial(self._engine.tell, told))

    def _said(self, call_id: CallId) -> Words:
        """What any desk has said in this call last."""
        story = self._engine.stories.get(call_id)
        said = [event for event in (story.events if story else ()) if isinstance(event, EmergencyDescribed)]
        if not said:
            return NO_WORDS
        return Words(district=said[-1].district, summary=said[-1].summary, location=said[-1].location)

    async def cancel(self, actor: AgentId, call_id: CallId) -> None:
        """Only while it rings: an operator who answered has the call as well."""
        call, leg = self._mine(actor, call_id)
        emergency = _pressed(call)
        if emergency.state is not EmergencyState.TRYING:
            raise NoEmergency
        await self._engine.switch.carry_out(
            CancelEmergency(call_id=call_id, agent_channel=leg.channel, service=emergency.service)
        )
        log.info("emergency_cancel_asked", call_id=call_id, agent=actor, service=emergency.service)
        await self._seen(call_id, lambda now: _pressed(now).state is not EmergencyState.TRYING)

    def _mine(self, actor: AgentId, call_id: CallId) -> tuple[Call, AgentLeg]:
        """Also after the caller has left: the agent may still be alone with an operator's ring."""
        story = self._engine.stories.get(call_id)
        call = story.call if story else None
        if call is None or call.state is CallState.ENDED:
            raise CallGone
        if call.talking is None:
            raise NotInCall
        if call.talking.agent != actor:
            raise NotYourCall
        return call, call.talking

    async def _seen(self, call_id: CallId, condition: Callable[[Call], bool]) -> None:
        with contextlib.suppress(TimeoutError, CallGone):
            await self._engine.until(call_id, condition, seconds=SEEN_WITHIN)


def _pressed(call: Call) -> Emergency:
    if call.emergency is None:
        raise NoEmergency
    return call.emergency


def _runs(call: Call, service: str, at: datetime) -> bool:
    """Whether an operator of this service rings or is in the call now, or was asked for only just.

    What has stayed without a phone that rings is pressed again: the dialplan itself calls nobody twice.
    """
    tried = call.emergency
    if any(leg.party == service for leg in call.legs_of("emergency")):
        return True
    if tried is None or tried.service != service or tried.state is not EmergencyState.TRYING:
        return False
    return tried.since is None or (at - tried.since).total_seconds() < SEEN_WITHIN


def emergency_kinds(engine: Engine) -> dict[str, Act]:
    """Kind → what is done for the actor."""
    control = EmergencyControl(engine)
    return {
        "emergency": lambda agent, args: control.press(agent, _call_id(args), _service(args), _words(args)),
        "emergency_cancel": lambda agent, args: control.cancel(agent, _call_id(args)),
        "emergency_again": lambda agent, args: control.again(agent, _call_id(args), _words(args)),
    }


EMERGENCY_KINDS = frozenset({"emergency", "emergency_cancel", "emergency_again"})
"""They run in the actor's lane of call control."""


def _service(args: Args) -> str:
    service = args.get("service")
    if service not in SERVICES:
        raise BadCommand("service")
    return str(service)


def _district(args: Args) -> str:
    district = args.get("district") or ""
    if not isinstance(district, str) or not _DISTRICT.match(district):
        raise BadCommand("district")
    return district


def _words(args: Args) -> Words:
    return Words(district=_district(args), summary=_text(args, "summary"), location=_text(args, "location"))


def _text(args: Args, name: str) -> str:
    """Words of the case: cut, never a reason not to call for help."""
    given = args.get(name)
    return one_line(given)[:TEXT_LIMIT] if isinstance(given, str) else ""


def _call_id(args: Args) -> CallId:
    call_id = args.get("call_id")
    if not isinstance(call_id, str) or not call_id or len(call_id) > 100:
        raise BadCommand("call_id")
    return CallId(call_id)

"""What a desk may do with its call: guards first, then one act of the switch."""

from __future__ import annotations

import asyncio

from cti.core.call import IN_CALL, AgentLeg, Call, CallState
from cti.core.commands import HangUpLeg, HoldCaller, RetrieveCaller
from cti.core.ids import AgentId, CallId
from cti.core.refusals import AlreadyHeld, CallGone, NotHeld, NotInCall, NotYourCall
from cti.engine import Engine

NORMAL = 16
SEEN_WITHIN = 1.0
"""A redirect shows in the events a few ms later; the answer to the desk waits for that."""


def is_in_room(call: Call) -> bool:
    """Whether the agent talks in the call's own room already, not in the queue's bridge."""
    leg = call.leg_of(call.talking.leg) if call.talking else None
    return call.in_room or (leg is not None and leg.in_room)


class CallControl:
    """Hold, retrieve and hang up. None of them waits for the journal or the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def hold(self, actor: AgentId, call_id: CallId) -> None:
        """Music for the caller; the first time, the agent moves into the call's room (telephony.md §3.2)."""
        call, leg = self._mine(actor, call_id)
        if call.state is CallState.HELD:
            raise AlreadyHeld
        channel = None if is_in_room(call) else leg.channel
        await self._engine.switch.carry_out(
            HoldCaller(call_id=call_id, caller_channel=call.caller_channel, agent_channel=channel)
        )
        await self._until(call_id, CallState.HELD)

    async def retrieve(self, actor: AgentId, call_id: CallId) -> None:
        call, _ = self._mine(actor, call_id)
        if call.state is not CallState.HELD:
            raise NotHeld
        await self._engine.switch.carry_out(RetrieveCaller(call_id=call_id, caller_channel=call.caller_channel))
        await self._until(call_id, CallState.TALKING)

    async def hang_up(self, actor: AgentId, call_id: CallId) -> None:
        """End the agent's leg only: what the caller then hears is the dialplan's."""
        _, leg = self._mine(actor, call_id)
        await self._engine.switch.carry_out(HangUpLeg(call_id=call_id, channel=leg.channel, cause=NORMAL))

    def _mine(self, actor: AgentId, call_id: CallId) -> tuple[Call, AgentLeg]:
        story = self._engine.stories.get(call_id)
        call = story.call if story else None
        if call is None or call.state is CallState.ENDED:
            raise CallGone
        if call.talking is None or call.state not in IN_CALL:
            raise NotInCall
        if call.talking.agent != actor:
            raise NotYourCall
        return call, call.talking

    async def _until(self, call_id: CallId, state: CallState) -> None:
        """So that a second click, waiting behind this one, is judged on what has become of it."""
        ends = asyncio.get_running_loop().time() + SEEN_WITHIN
        while asyncio.get_running_loop().time() < ends:
            story = self._engine.stories.get(call_id)
            if story is None or story.call is None or story.call.state in {state, CallState.ENDED}:
                return
            await asyncio.sleep(0.01)

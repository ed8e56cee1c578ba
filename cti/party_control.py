"""Mute, hold and removal of any party of a desk's call. Guards first, then one act of the switch."""

from __future__ import annotations

from cti.call_control import NORMAL
from cti.call_guards import ASKING, CallGuards, asked_leg, is_so, living, no_emergency, state_of, together
from cti.core.commands import HangUpLeg
from cti.core.ids import AgentId, CallId, LegId
from cti.core.refusals import AlreadySo, LastOne, NotInRoom, OperatorStays
from cti.core.room_commands import DismissCaller, HoldLeg, MuteLeg, RetrieveLeg, UnmuteLeg
from cti.room_control import RoomControl


class PartyControl:
    """Each command names a leg of the call."""

    def __init__(self, guards: CallGuards, rooms: RoomControl) -> None:
        self._guards, self._rooms = guards, rooms

    async def mute(self, actor: AgentId, call_id: CallId, leg_id: LegId) -> None:
        leg = self._guards.in_room(self._guards.mine(actor, call_id)[0], leg_id)
        if leg.muted:
            raise AlreadySo
        await self._guards.do(MuteLeg(call_id=call_id, channel=leg.channel))
        await self._guards.seen(call_id, lambda now: is_so(now, leg_id, lambda one: one.muted))

    async def unmute(self, actor: AgentId, call_id: CallId, leg_id: LegId) -> None:
        leg = self._guards.in_room(self._guards.mine(actor, call_id)[0], leg_id)
        if not leg.muted:
            raise AlreadySo
        await self._guards.do(UnmuteLeg(call_id=call_id, channel=leg.channel))
        await self._guards.seen(call_id, lambda now: is_so(now, leg_id, lambda one: not one.muted))

    async def hold(self, actor: AgentId, call_id: CallId, leg_id: LegId) -> None:
        """Music for one of the staff; two others must stay together. The caller's own hold is `hold`."""
        call, _ = self._guards.mine(actor, call_id)
        leg = self._guards.staff(call, leg_id)
        if leg.held:
            raise AlreadySo
        if len([one for one in together(call) if one.leg != leg_id]) < 2:
            raise LastOne
        await self._guards.do(HoldLeg(call_id=call_id, channel=leg.channel))
        await self._guards.seen(call_id, lambda now: is_so(now, leg_id, lambda one: one.held))

    async def retrieve(self, actor: AgentId, call_id: CallId, leg_id: LegId) -> None:
        call, _ = self._guards.mine(actor, call_id)
        leg = self._guards.staff(call, leg_id)
        if not leg.held:
            raise AlreadySo
        await self._guards.do(RetrieveLeg(call_id=call_id, channel=leg.channel))
        await self._guards.seen(call_id, lambda now: is_so(now, leg_id, lambda one: not one.held))

    async def remove(self, actor: AgentId, call_id: CallId, leg_id: LegId) -> None:
        """A third party is let go; the caller with a good-bye; the agent himself leaves."""
        call, mine = self._guards.mine(actor, call_id)
        if leg_id == mine.leg:
            return await self._rooms.leave(actor, call_id)
        if leg_id == call.caller_leg:
            no_emergency(call)
            return await self._guards.do(DismissCaller(call_id=call_id, caller_channel=call.caller_channel))
        leg = living(call, leg_id)
        if leg.role == "emergency":
            raise OperatorStays
        if leg.role != "specialist" and leg.role != "centre":
            raise NotInRoom
        if state_of(call) in ASKING and leg.leg == asked_leg(call):
            return await self._rooms.cancel(actor, call_id)
        await self._guards.do(HangUpLeg(call_id=call_id, channel=leg.channel, cause=NORMAL))
        await self._guards.seen(call_id, lambda now: is_so(now, leg_id, lambda one: not one.lives))
        return None

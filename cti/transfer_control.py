"""Transfers: the caller goes on to somebody else, the call and its id stay. Guards first, then one act."""

from __future__ import annotations

import re
from collections.abc import Callable

from cti.call_control import NORMAL, is_in_room
from cti.call_guards import CallGuards, free_for_third, state_of
from cti.core.about import NOTHING, About
from cti.core.agent import AgentState
from cti.core.call import AgentLeg, Call, CallState
from cti.core.commands import Command, HangUpLeg
from cti.core.ids import AgentId, CallId, QueueName
from cti.core.leg_events import CallerTransferredToQueue, SpecialistAsked, TransferAsked, TransferDone, TransferFailed
from cti.core.refusals import AgentBusy, BadCommand, NoSuchEntry, NotInTransfer, OwnDesk, Refusal
from cti.core.room_commands import AskColleague, HandOver, SendToAgent, SendToEntry, SendToQueue
from cti.core.threeway import ThreeWayState
from cti.core.transfer import TransferState
from cti.engine import Engine
from cti.party_control import PartyControl
from cti.room_control import RoomControl

_DESK = re.compile(r"[0-9]{4}\Z")
_QUEUE = re.compile(r"[a-z0-9_-]{1,40}\Z")
PRIORITY = 20
"""Of a caller who was sent on; the dialplan keeps a higher one."""
COLLEAGUE = "坐席"
_CommandOf = Callable[[Call, str, About], Command]


class TransferControl:
    """Cold: one redirect of the caller. Warm: a consultation first, then `complete` or `cancel`."""

    def __init__(self, engine: Engine, guards: CallGuards, rooms: RoomControl, parties: PartyControl) -> None:
        self._engine, self._guards, self._rooms, self._parties = engine, guards, rooms, parties

    async def transfer(
        self,
        actor: AgentId,
        call_id: CallId,
        kind: str,
        target: str,
        warm: bool,
        case_id: str = "",
        about: About = NOTHING,
    ) -> None:
        command_of = self._judged(actor, kind, target, warm)
        call, leg = self._guards.mine(actor, call_id)
        free_for_third(call)
        at = self._engine.clock.now()
        asked = TransferAsked(call_id=call_id, at=at, kind=kind, target=target, agent=actor, warm=warm)
        await self._guards.tell(asked)
        try:
            if warm:
                await self._consult(actor, call, leg, kind, target, about)
            else:
                said = self._rooms.said(about)
                if kind == "specialist":
                    await self._rooms.tell_asked(actor, call, self._rooms.entry(target), said)
                await self._engine.switch.carry_out(command_of(call, case_id, said))
                await self._moved(call, leg, kind, target)
        except Refusal:
            at = self._engine.clock.now()
            await self._guards.tell(TransferFailed(call_id=call_id, at=at, kind=kind, target=target, reason="refused"))
            raise

    async def complete(self, actor: AgentId, call_id: CallId) -> None:
        """The consulted one takes the caller over; the agent's leg ends."""
        call, mine = self._guards.mine(actor, call_id)
        transfer = call.transfer
        if transfer is None or not transfer.warm or transfer.state is not TransferState.ASKED:
            raise NotInTransfer
        if transfer.kind == "agent":
            await self._hand_over(call, mine)
        else:
            await self._rooms.leave(actor, call_id)
        done = TransferDone(call_id=call_id, at=self._engine.clock.now(), kind=transfer.kind, target=transfer.target)
        await self._guards.tell(done)

    async def cancel(self, actor: AgentId, call_id: CallId) -> None:
        """The caller is the agent's again, whatever had come of it."""
        call, _ = self._guards.mine(actor, call_id)
        transfer = call.transfer
        if transfer is None or not transfer.warm or transfer.state is not TransferState.ASKED:
            raise NotInTransfer
        if state_of(call) in {ThreeWayState.ASKED, ThreeWayState.RINGING}:
            await self._rooms.cancel(actor, call_id)
        elif call.threeway is not None and call.threeway.leg is not None and state_of(call) is not ThreeWayState.ENDED:
            await self._parties.remove(actor, call_id, call.threeway.leg)
        at = self._engine.clock.now()
        failed = TransferFailed(call_id=call_id, at=at, kind=transfer.kind, target=transfer.target, reason="cancelled")
        await self._guards.tell(failed)

    # ---- guards

    def _judged(self, actor: AgentId, kind: str, target: str, warm: bool) -> _CommandOf:
        match kind:
            case "agent":
                self._colleague(actor, target)
                return lambda call, *_: SendToAgent(
                    call_id=call.id, caller_channel=call.caller_channel, agent=AgentId(target)
                )
            case "queue":
                if warm or not _QUEUE.match(target):
                    raise BadCommand("target")
                return lambda call, *_: SendToQueue(
                    call_id=call.id, caller_channel=call.caller_channel, queue=QueueName(target)
                )
            case _:
                if self._rooms.entry(target).kind != kind:
                    raise NoSuchEntry(target)
                return lambda call, case_id, said: SendToEntry(
                    call_id=call.id,
                    caller_channel=call.caller_channel,
                    kind=kind,
                    entry=target,
                    case_id=case_id,
                    about_kind=said.kind,
                    class_code=said.class_code,
                )

    def _colleague(self, actor: AgentId, target: str) -> None:
        """Ready, or at least there and not in a call: he was asked by a colleague, not by a queue."""
        if target == actor:
            raise OwnDesk
        agent = self._engine.agents.agents.get(AgentId(target))
        if not _DESK.match(target) or agent is None:
            raise NoSuchEntry(target)
        if not agent.line_up or agent.state in {AgentState.OFFLINE, AgentState.RINGING, AgentState.TALKING}:
            raise AgentBusy

    # ---- acts

    async def _consult(
        self, actor: AgentId, call: Call, leg: AgentLeg, kind: str, target: str, about: About
    ) -> None:
        if kind != "agent":
            return await self._rooms.ask(actor, call, leg, self._rooms.entry(target), about)
        at = self._engine.clock.now()
        asked = SpecialistAsked(call_id=call.id, at=at, entry=target, department=COLLEAGUE, agent=actor, numbers=1)
        await self._guards.tell(asked)
        agent_channel = None if is_in_room(call) else leg.channel
        command = AskColleague(
            call_id=call.id,
            caller_channel=call.caller_channel,
            agent_channel=agent_channel,
            colleague=AgentId(target),
        )
        await self._engine.switch.carry_out(command)
        await self._guards.seen(call.id, lambda now: state_of(now) is not ThreeWayState.ASKED)
        return None

    async def _hand_over(self, call: Call, mine: AgentLeg) -> None:
        """The colleague first; only then may the agent's leg end."""
        leg = self._guards.third(call)
        held = call.state is CallState.HELD
        command = HandOver(
            call_id=call.id, caller_channel=call.caller_channel if held else None, leg_channel=leg.channel
        )
        await self._engine.switch.carry_out(command)
        await self._guards.seen(call.id, lambda now: now.talking is not None and now.talking.leg == leg.leg)
        await self._engine.switch.carry_out(HangUpLeg(call_id=call.id, channel=mine.channel, cause=NORMAL))

    async def _moved(self, call: Call, leg: AgentLeg, kind: str, target: str) -> None:
        if kind == "queue":
            at, queue = self._engine.clock.now(), QueueName(target)
            await self._guards.tell(CallerTransferredToQueue(call_id=call.id, at=at, queue=queue, priority=PRIORITY))
        await self._guards.seen(call.id, lambda now: now.talking is None or now.talking.leg != leg.leg)

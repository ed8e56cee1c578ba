"""What every command about a call's parties shares: whose call it is, which leg is meant, what was seen of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cti.core.call import IN_CALL, AgentLeg, Call, CallState
from cti.core.commands import Command
from cti.core.emergency import RUNS
from cti.core.events import CallEvent
from cti.core.ids import AgentId, CallId, LegId
from cti.core.leg import Leg, LegState
from cti.core.refusals import (
    AlreadyAsked,
    CallGone,
    EmergencyRuns,
    LegGone,
    NobodyThere,
    NotInCall,
    NotInRoom,
    NotYourCall,
    OperatorStays,
)
from cti.core.threeway import ThreeWayState
from cti.engine import Engine

SEEN_WITHIN = 2.0
"""How long the answer to a desk waits for what the switch then says; the command itself is done already."""
ASKING = frozenset({ThreeWayState.ASKED, ThreeWayState.RINGING})
TOGETHER = frozenset({ThreeWayState.CONSULTING, ThreeWayState.MERGED})
ON_HOLD_BY_US = frozenset({"agent", "specialist", "centre"})


class CallGuards:
    """Named questions about a live call, each answered by a refusal or by what was asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mine(self, actor: AgentId, call_id: CallId) -> tuple[Call, AgentLeg]:
        call = self.of(call_id)
        if call.talking is None or call.state not in IN_CALL:
            raise NotInCall
        if call.talking.agent != actor:
            raise NotYourCall
        return call, call.talking

    def of(self, call_id: CallId) -> Call:
        story = self._engine.stories.get(call_id)
        if story is None or story.call is None:
            raise CallGone
        return story.call

    def third(self, call: Call) -> Leg:
        """The specialist who accepted."""
        up = [leg for leg in call.legs_of("specialist") if leg.state is LegState.UP and leg.leg == asked_leg(call)]
        if state_of(call) not in TOGETHER or not up:
            raise NobodyThere
        return up[0]

    def in_room(self, call: Call, leg_id: LegId) -> Leg:
        leg = living(call, leg_id)
        if not leg.in_room or leg.role == "supervisor":
            raise NotInRoom
        return leg

    def staff(self, call: Call, leg_id: LegId) -> Leg:
        leg = living(call, leg_id)
        if leg.role == "emergency":
            raise OperatorStays
        if leg.role not in ON_HOLD_BY_US or not (leg.in_room or leg.held):
            raise NotInRoom
        return leg

    async def tell(self, event: CallEvent) -> None:
        await self._engine.lanes.ask(event.call_id, partial(self._engine.tell, event))

    async def do(self, command: Command) -> None:
        try:
            await self._engine.switch.carry_out(command)
        except CallGone:
            story = self._engine.stories.get(getattr(command, "call_id", CallId("")))
            if story is not None and story.call is not None and story.call.state is not CallState.ENDED:
                raise LegGone from None
            raise

    async def seen(self, call_id: CallId, condition: Callable[[Call], bool]) -> None:
        """So that a second click, waiting behind this one, is judged on what has become of it."""
        try:
            await self._engine.until(call_id, condition, seconds=SEEN_WITHIN)
        except (TimeoutError, CallGone):
            return


def free_for_third(call: Call) -> None:
    """Raises what keeps this call from being joined by somebody else."""
    no_emergency(call)
    if state_of(call) in ASKING | TOGETHER:
        raise AlreadyAsked


def state_of(call: Call) -> ThreeWayState | None:
    return call.threeway.state if call.threeway else None


def no_emergency(call: Call) -> None:
    if call.legs_of("emergency") or (call.emergency is not None and call.emergency.state in RUNS):
        raise EmergencyRuns


def asked_leg(call: Call) -> LegId | None:
    return call.threeway.leg if call.threeway else None


def asker(call: Call) -> AgentId:
    return call.threeway.agent if call.threeway else AgentId("")


def living(call: Call, leg_id: LegId) -> Leg:
    leg = call.leg_of(leg_id)
    if leg is None or not leg.lives:
        raise LegGone
    return leg


def is_so(call: Call, leg_id: LegId, so: Callable[[Leg], bool]) -> bool:
    leg = call.leg_of(leg_id)
    return leg is None or so(leg)


def is_merged(call: Call) -> bool:
    """Also when the third party has gone meanwhile: then there is nothing left to wait for."""
    return state_of(call) in {ThreeWayState.MERGED, ThreeWayState.ENDED}


def is_swapped(call: Call, leg_id: LegId, caller_comes: bool) -> bool:
    """Both have arrived: one in the room, the other one in the music."""
    leg = call.leg_of(leg_id)
    if leg is None or not leg.lives:
        return True
    return (
        (call.state is CallState.HELD) is not caller_comes
        and leg.held is caller_comes
        and leg.in_room is not caller_comes
    )


def together(call: Call) -> list[Leg]:
    return [leg for leg in call.legs if leg.in_room and leg.lives]

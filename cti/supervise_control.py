"""What a supervisor may do: be on an agent's call, take it over, change an agent's state, send words."""

from __future__ import annotations

import structlog

from cti.agents_desk import AgentsDesk
from cti.core.call import AgentLeg, Call, CallState
from cti.core.commands import HangUpLeg
from cti.core.ids import AgentId, CallId, Channel
from cti.core.leg import Leg, LegState
from cti.core.ports import Switch
from cti.core.presence_events import AgentMessaged
from cti.core.refusals import AgentNotInCall, BadCommand, CallGone, NotSignedOn, NotSupervising, OwnCall
from cti.core.supervise_commands import ChangeSupervision, ReachSupervisor, TakeOver
from cti.engine import Engine

NORMAL = 16
SUPERVISOR = "supervisor"

log = structlog.get_logger(__name__)


class SuperviseControl:
    """Runs in the supervisor's own lane of call control; the role was checked at the door."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def _switch(self) -> Switch:
        return self._engine.switch

    async def spy(self, supervisor: AgentId, agent: AgentId, mode: str) -> None:
        """Listen, whisper or barge in; on the same call only the mode changes, another call is left first."""
        if supervisor == agent:
            raise OwnCall
        call, spied = self._talk_of(agent)
        log.info("supervision_asked", call_id=call.id, supervisor=supervisor, agent=agent, mode=mode)
        known = self._legs_of(supervisor)
        here = next((leg for on, leg in known if on.id == call.id), None)
        for on, leg in known:
            if on.id != call.id:
                await self._end(on, leg)
        if here is None:
            await self._switch.carry_out(
                ReachSupervisor(
                    call_id=call.id,
                    caller_channel=call.caller_channel,
                    supervisor=supervisor,
                    agent=agent,
                    agent_channel=spied.channel,
                    mode=mode,
                )
            )
        elif here.state is LegState.UP:
            await self._switch.carry_out(ChangeSupervision(call_id=call.id, channel=here.channel, mode=mode))

    async def end(self, supervisor: AgentId) -> None:
        legs = self._legs_of(supervisor)
        if not legs:
            raise NotSupervising
        for call, leg in legs:
            await self._end(call, leg)

    async def take_over(self, supervisor: AgentId, call_id: CallId) -> None:
        """The caller and the supervisor meet in the call's room; twice is once."""
        story = self._engine.stories.get(call_id)
        call = story.call if story else None
        if call is None or call.state is CallState.ENDED:
            raise CallGone
        if call.talking is not None and call.talking.agent == supervisor:
            return
        here = next((leg for on, leg in self._legs_of(supervisor) if on.id == call_id), None)
        if here is None or here.state is not LegState.UP:
            raise NotSupervising
        log.info("take_over_asked", call_id=call_id, supervisor=supervisor)
        await self._switch.carry_out(TakeOver(call_id=call_id, channel=here.channel))

    async def _end(self, call: Call, leg: Leg) -> None:
        await self._switch.carry_out(HangUpLeg(call_id=call.id, channel=leg.channel, cause=NORMAL))

    def _talk_of(self, agent: AgentId) -> tuple[Call, AgentLeg]:
        for story in self._engine.stories.values():
            call = story.call
            if call and call.talking and call.talking.agent == agent and call.state is not CallState.ENDED:
                return call, call.talking
        raise AgentNotInCall

    def _legs_of(self, supervisor: AgentId) -> list[tuple[Call, Leg]]:
        """The supervisor's own living legs on calls of others."""
        calls = [story.call for story in self._engine.stories.values() if story.call]
        return [
            (call, leg)
            for call in calls
            for leg in call.legs_of(SUPERVISOR)
            if leg.party == supervisor and leg.channel != Channel("")
        ]


async def force(desk: AgentsDesk, supervisor: AgentId, agent: AgentId, state: str, reason: str) -> None:
    """Another's state: ready, paused with a reason, or offline. During a call a pause waits for its end."""
    match state:
        case "ready":
            await desk.ready(agent, by=supervisor)
        case "paused":
            await desk.pause(agent, reason, by=supervisor)
        case "offline":
            await desk.sign_off(agent, by=supervisor)
        case _:
            raise BadCommand("state")
    log.info("agent_forced", supervisor=supervisor, agent=agent, state=state)


async def message(desk: AgentsDesk, supervisor: AgentId, agent: AgentId, text: str) -> None:
    """Words on the agent's desk; the log names who and to whom, never the words."""
    if agent not in desk.agents:
        raise NotSignedOn
    await desk.tell(AgentMessaged(agent=agent, at=desk.clock.now(), by=supervisor, text=text))

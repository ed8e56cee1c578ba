"""What each event changes in an agent, and what must be done about it: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cti.core.agent_commands import SetPenalty, SettleAfterRing
from cti.core.agent_rules import SIGNED_ON
from cti.core.agent_state import LOST_BROWSER, Agent, AgentState, Message
from cti.core.commands import AddMember, Command, PauseMember, RemoveMember, StartWrapUp, UnpauseMember
from cti.core.events import (
    AgentAnswered,
    AgentBecameReady,
    AgentDidNotAnswer,
    AgentEvent,
    AgentLeft,
    AgentLost,
    AgentPaused,
    AgentRang,
    AgentSignedOff,
    AgentSignedOn,
    AgentWrapUpStarted,
    CallEvent,
)
from cti.core.leg_events import SupervisionEnded, SupervisionStarted
from cti.core.presence_events import (
    AgentHandLowered,
    AgentHandRaised,
    AgentMessaged,
    AgentPauseAsked,
    AgentPauseWithdrawn,
    AgentWrapUpExtended,
)


def changed(moved: Agent, before: Agent, event: AgentEvent | CallEvent) -> tuple[Agent, list[Command]]:
    match event:
        case AgentSignedOn():
            return _signed_on(moved, before, event)
        case AgentBecameReady():
            return _settled(moved, ""), [UnpauseMember(agent=moved.id)]
        case AgentPaused(reason=reason):
            return _settled(moved, reason), [PauseMember(agent=moved.id, reason=f"paused:{reason}")]
        case AgentWrapUpStarted() | AgentWrapUpExtended():
            return _wrapping_up(moved, event)
        case AgentSignedOff():
            removed: list[Command] = [RemoveMember(agent=moved.id, queue=queue) for queue in before.queues]
            gone = replace(_settled(moved, ""), queues=(), penalties=(), hand_raised_at=None, message=None)
            return gone, removed
        case AgentRang():
            back = before.back_to if before.state is AgentState.RINGING else before.state
            return replace(moved, call_id=event.call_id, leg=event.leg, back_to=back), []
        case AgentAnswered():
            return replace(moved, call_id=event.call_id, leg=event.leg, wrap_up_until=None, lost=False), []
        case AgentDidNotAnswer(missed=missed):
            quiet = replace(moved, state=before.back_to, call_id=None, leg=None)
            return quiet, [SettleAfterRing(agent=moved.id, missed=missed and quiet.state is AgentState.READY)]
        case AgentLeft():
            return _left(moved, before, event)
        case AgentLost() if before.state is AgentState.TALKING:
            return replace(moved, lost=True), []
        case AgentLost():
            return _free(moved, ""), [UnpauseMember(agent=moved.id)]
        case _:
            return _marked(moved, event), []


def _marked(agent: Agent, event: AgentEvent | CallEvent) -> Agent:
    """What only shows on the board."""
    match event:
        case AgentPauseAsked(reason=reason):
            return replace(agent, pause_asked=reason)
        case AgentPauseWithdrawn():
            return replace(agent, pause_asked="")
        case AgentHandRaised(at=at):
            return replace(agent, hand_raised_at=agent.hand_raised_at or at)
        case AgentHandLowered():
            return replace(agent, hand_raised_at=None)
        case AgentMessaged(by=by, text=text, at=at):
            return replace(agent, message=Message(by=by, text=text, at=at))
        case SupervisionStarted(supervisor=supervisor):
            return replace(agent, supervised_by=tuple(dict.fromkeys((*agent.supervised_by, supervisor))))
        case SupervisionEnded(supervisor=supervisor):
            return replace(agent, supervised_by=tuple(each for each in agent.supervised_by if each != supervisor))
        case _:
            return agent


def _signed_on(moved: Agent, before: Agent, event: AgentSignedOn) -> tuple[Agent, list[Command]]:
    """Signing on again (a reload) keeps the state and joins the queues that are new."""
    reason = before.reason if before.state is not AgentState.OFFLINE else SIGNED_ON
    after = replace(moved, queues=event.queues, penalties=event.penalties, reason=reason)
    joined: list[Command] = [
        AddMember(agent=moved.id, queue=queue, reason=f"paused:{reason}", penalty=after.penalty_in(queue))
        for queue in event.queues
        if queue not in before.queues
    ]
    if before.state is AgentState.READY and joined:
        joined.append(UnpauseMember(agent=moved.id))
    left: list[Command] = [
        RemoveMember(agent=moved.id, queue=queue) for queue in before.queues if queue not in event.queues
    ]
    levels: list[Command] = [
        SetPenalty(agent=moved.id, queue=queue, penalty=after.penalty_in(queue))
        for queue in event.queues
        if queue in before.queues and after.penalty_in(queue) != before.penalty_in(queue)
    ]
    return after, joined + left + levels


def _wrapping_up(moved: Agent, event: AgentWrapUpStarted | AgentWrapUpExtended) -> tuple[Agent, list[Command]]:
    """The server's timer; a longer one counts from where the first would have ended."""
    if isinstance(event, AgentWrapUpStarted):
        until, left = event.at + timedelta(seconds=event.seconds), event.extensions
    else:
        until = (moved.wrap_up_until or event.at) + timedelta(seconds=event.seconds)
        left = max(0, moved.extensions_left - 1)
    after = replace(moved, reason="", leg=None, wrap_up_until=until, extensions_left=left)
    return after, [PauseMember(agent=moved.id, reason=queue_reason(after))]


def queue_reason(agent: Agent) -> str:
    """The state as the queues keep it over a restart of ours: `wrap-up:<epoch>:<extensions left>` or `paused:…`."""
    if agent.state is AgentState.WRAP_UP and agent.wrap_up_until:
        return f"wrap-up:{int(agent.wrap_up_until.timestamp())}:{agent.extensions_left}"
    return f"paused:{agent.reason}"


def _left(moved: Agent, before: Agent, event: AgentLeft) -> tuple[Agent, list[Command]]:
    """After a talk comes wrap-up; after a lost line the same caller, so the agent stays ready for him."""
    if before.lost or event.cause == LOST_BROWSER:
        return replace(_free(moved, ""), state=AgentState.READY), []
    return replace(moved, reason="", leg=None, supervised_by=()), [StartWrapUp(agent=moved.id)]


def _settled(agent: Agent, reason: str) -> Agent:
    """Ready, paused or gone: what was asked for during the call has been done or is void."""
    return replace(_free(agent, reason), pause_asked="")


def _free(agent: Agent, reason: str) -> Agent:
    over = replace(agent, call_id=None, leg=None, wrap_up_until=None, extensions_left=0, supervised_by=())
    return replace(over, reason=reason, lost=False)

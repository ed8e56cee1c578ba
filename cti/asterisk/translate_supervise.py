"""HotlineSupervision, the dialplan's word about a supervisor on a call, to events."""

from __future__ import annotations

from datetime import datetime

from cti.asterisk.message import Message
from cti.core.call import NORMAL_CLEARING, Call, waited
from cti.core.events import AgentAnswered, AgentLeft, CallEvent
from cti.core.ids import AgentId, Channel, LegId, QueueName
from cti.core.leg_events import SupervisionEnded, SupervisionStarted
from cti.core.supervise_commands import MODES, TAKE_OVER


def supervision(message: Message, call: Call, at: datetime) -> list[CallEvent]:
    """It comes on the supervisor's own channel, which is the leg."""
    supervisor, leg = AgentId(message.get("Supervisor", "")), LegId(message.get("Uniqueid", ""))
    mode = message.get("Mode", "")
    if message.get("State") == "ended":
        return [SupervisionEnded(call_id=call.id, at=at, supervisor=supervisor, leg=leg)]
    if message.get("State") != "started" or mode not in {*MODES, TAKE_OVER}:
        return []
    agent = AgentId(message.get("Agent", ""))
    started = SupervisionStarted(call_id=call.id, at=at, supervisor=supervisor, agent=agent, leg=leg, mode=mode)
    return [started, *_taken_over(message, call, started)] if mode == TAKE_OVER else [started]


def _taken_over(message: Message, call: Call, started: SupervisionStarted) -> list[CallEvent]:
    """The agent is released, the supervisor answers in his place; the caller's wait ended long ago."""
    if call.talking is not None and call.talking.leg == started.leg:
        return []
    at, events = started.at, list[CallEvent]()
    if call.talking is not None:
        old = call.talking
        events.append(AgentLeft(call_id=call.id, at=at, agent=old.agent, leg=old.leg, cause=NORMAL_CLEARING))
    answered = AgentAnswered(
        call_id=call.id,
        at=at,
        agent=started.supervisor,
        leg=started.leg,
        channel=Channel(message.get("Channel", "")),
        queue=call.queue or QueueName(""),
        waited_s=call.waited_s if call.waited_s is not None else round(waited(call, at), 3),
    )
    return [*events, answered]

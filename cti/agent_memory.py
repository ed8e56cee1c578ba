"""After a restart: what agents had asked for, out of the journal; the queues remember their states alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import structlog

from cti.agents_desk import AgentsDesk
from cti.core.agent import AgentState
from cti.core.agent_marks import marked, marks_of
from cti.core.codec import UnknownKind, decode
from cti.core.events import AgentEvent
from cti.core.ids import AgentId
from cti.core.ports import JournalEntry, PastEvents, PersonalFields
from cti.core.refusals import Refusal
from cti.lanes import lane_of

log = structlog.get_logger(__name__)


async def recall(
    desk: AgentsDesk, past: PastEvents | None, personal: PersonalFields, agents: Sequence[AgentId]
) -> None:
    """Give these adopted agents their marks; a pause whose call ended unseen begins now."""
    if past is None or not agents:
        return
    try:
        entries = await past.entries_of_agents(list(agents))
    except Exception as error:
        log.error("journal_not_readable", alarm=True, reason=str(error))
        return
    events: dict[AgentId, list[AgentEvent]] = defaultdict(list)
    for entry in entries:
        event = _decoded(entry, personal)
        if event is not None:
            events[event.agent].append(event)
    for agent_id, told in events.items():
        agent = marked(desk.agents[agent_id], marks_of(told))
        desk.adopt(agent)
        if agent.pause_asked and agent.state is AgentState.READY:
            desk.lanes.put(lane_of(agent_id), partial(_pause, desk, agent_id, agent.pause_asked))


async def _pause(desk: AgentsDesk, agent_id: AgentId, reason: str) -> None:
    try:
        await desk.pause(agent_id, reason)
    except Refusal as refusal:
        log.error("agent_not_paused", agent=agent_id, reason=refusal.code)


def _decoded(entry: JournalEntry, personal: PersonalFields) -> AgentEvent | None:
    try:
        event = decode(entry, personal)
    except (UnknownKind, KeyError, TypeError, ValueError) as error:
        log.error("journal_row_unreadable", kind=entry.kind, reason=type(error).__name__)
        return None
    return event if isinstance(event, AgentEvent) else None

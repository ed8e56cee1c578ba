"""Click-to-call: the gate's verdict is the answer to the click; what then becomes of it stands on the agent's row."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import uuid4

import structlog

from cti.agents_desk import AgentsDesk, lane_of
from cti.core.agent import AgentState
from cti.core.dial_events import DialAsked, DialEvent, DialNotReached
from cti.core.ids import AgentId, DialId
from cti.core.ports import Clock, Switch
from cti.core.refusals import DialRuns, InCall, NotSignedOn, NumberNotAllowed, Refusal
from cti.core.room_commands import DialNumber
from cti.lanes import Lanes

WORD_WITHIN = 3.0
"""The gate answers in some ms. Without its word the click counts as carried out: the phone may ring by now."""
NOT_ALLOWED, NOT_TRIED = "not_allowed", "not_tried"

log = structlog.get_logger(__name__)


class Dialling:
    """Numbers that desks dial, one at a time a desk."""

    def __init__(self, agents: AgentsDesk, switch: Switch, clock: Clock, lanes: Lanes) -> None:
        self._agents, self._switch, self._clock, self._lanes = agents, switch, clock, lanes
        self._waiting: dict[DialId, asyncio.Future[DialEvent]] = {}

    async def dial(self, actor: AgentId, number: str, case_id: str = "", callback_id: str = "") -> None:
        """Call somebody from a case or a list: a call of its own, answered by the agent's own desk."""
        self._free(actor)
        dial = DialId(uuid4().hex)
        await self._tell(
            DialAsked(agent=actor, at=self._clock.now(), dial=dial, case_id=case_id, callback_id=callback_id)
        )
        command = DialNumber(agent=actor, number=number, dial=dial, case_id=case_id, callback_id=callback_id)
        try:
            word = await self._first_word(command)
        except Refusal:
            at = self._clock.now()
            await self._tell(
                DialNotReached(
                    agent=actor, at=at, dial=dial, case_id=case_id, callback_id=callback_id, reason=NOT_TRIED
                )
            )
            raise
        if isinstance(word, DialNotReached) and word.reason == NOT_ALLOWED:
            raise NumberNotAllowed

    def heard(self, event: DialEvent) -> None:
        """The dialplan's word, in the agent's lane. Never waits."""
        self._lanes.put(lane_of(event.agent), partial(self._told, event))

    def _free(self, actor: AgentId) -> None:
        agent = self._agents.agents.get(actor)
        if agent is None or agent.state is AgentState.OFFLINE:
            raise NotSignedOn
        if agent.state in {AgentState.RINGING, AgentState.TALKING}:
            raise InCall
        if agent.dial is not None and agent.dial.runs(self._clock.now()):
            raise DialRuns

    async def _first_word(self, command: DialNumber) -> DialEvent | None:
        word: asyncio.Future[DialEvent] = asyncio.get_running_loop().create_future()
        self._waiting[command.dial] = word
        try:
            await self._switch.carry_out(command)
            return await asyncio.wait_for(word, WORD_WITHIN)
        except TimeoutError:
            log.warning("dial_without_word", agent=command.agent)
            return None
        finally:
            del self._waiting[command.dial]

    async def _tell(self, event: DialEvent) -> None:
        await self._lanes.ask(lane_of(event.agent), partial(self._agents.tell, event))

    async def _told(self, event: DialEvent) -> None:
        await self._agents.tell(event)
        waiting = self._waiting.get(event.dial)
        if waiting is not None and not waiting.done():
            waiting.set_result(event)

"""One call as its rows in CEL tell it, row by row."""

from __future__ import annotations

from collections.abc import Iterable

from cti.asterisk.cel_emergency import WORD as EMERGENCY
from cti.asterisk.cel_emergency import Step, told
from cti.asterisk.cel_rows import Row, is_agents
from cti.asterisk.cel_words import Word
from cti.asterisk.names import agent_of
from cti.core.call import NORMAL_CLEARING
from cti.core.events import AgentAnswered, AgentLeft, CallArrived, CallerHungUp, CallEvent
from cti.core.ids import AgentId, CallId, LegId, QueueName
from cti.core.leg import AGENT, CALLER, THIRD_PARTIES
from cti.core.leg_events import (
    EmergencyReached,
    LegAnswered,
    LegHungUp,
    LegJoinedBridge,
    LegLeft,
    LegLeftBridge,
    LegNotReached,
    LegRang,
    SpecialistAccepted,
    SpecialistNotReached,
    SupervisionEnded,
    SupervisionStarted,
    ThreeWayMerged,
    TransferDone,
    TransferFailed,
)
from cti.core.supervise_commands import TAKE_OVER

QUEUE = "AppQueue"
OTHER = "centre"
"""The role of a third party of whom the dialplan said no word: an older one wrote none."""
ROOM = "ConfBridge"


class CelStory:
    """`tell` each row in the order of the times; `events` is what they have told.

    Whom a desk had asked for stands in no row: party, entry and target stay empty but where our own ids tell them.
    """

    def __init__(self, call_id: CallId, caller: LegId, trunk: str, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.call_id, self.events = call_id, list[CallEvent]()
        self._caller, self._trunk = caller, trunk
        self._answered = {row.leg: row.application for row in rows if row.event == "ANSWER"}
        self._operators = {row.leg for row in rows if isinstance(row.said, Step) and row.said.state == "reached"}
        self._roles: dict[LegId, str] = {}
        self._told: set[tuple[type[CallEvent], LegId]] = set()
        self._talking: AgentAnswered | None = None
        self._trying: Step | None = None
        self._bridges: dict[LegId, str] = {}
        self._accepted: LegId | None = None
        self._merged = False

    def tell(self, row: Row) -> None:
        if isinstance(row.said, Step):
            self._step(row, row.said)
        elif row.said is not None:
            self._word(row, row.said)
        else:
            self._moved(row, self._role(row))

    def _role(self, row: Row) -> str:
        """As the dialplan has said; else an agent is whom a queue rang, or whose leg no call's id was written on."""
        if row.leg == self._caller:
            return CALLER
        if row.leg in self._roles:
            return self._roles[row.leg]
        if row.leg in self._operators:
            return EMERGENCY
        answered_by = self._answered.get(row.leg, row.application)
        return AGENT if is_agents(row) and (answered_by in {QUEUE, ""} or not row.account) else OTHER

    def _moved(self, row: Row, role: str) -> None:
        match row.event:
            case "ANSWER":
                self._answers(row, role)
            case "BRIDGE_ENTER":
                self._joins(row, role)
            case "BRIDGE_EXIT":
                self._leaves(row, role)
            case "HANGUP" if row.leg in self._answered or role == CALLER:
                self._hangs_up(row, role)
            case _:
                pass

    # ---- what channels did

    def _answers(self, row: Row, role: str) -> None:
        if role == CALLER:
            self.events.append(
                CallArrived(
                    call_id=self.call_id,
                    at=row.at,
                    caller_channel=row.channel,
                    caller_leg=row.leg,
                    number="",
                    name="",
                    dialled="",
                    diverted_from="",
                    trunk=self._trunk,
                )
            )
        elif role == AGENT:
            self._becomes_agent(row)
        elif row.leg in self._roles:
            party = self._party(row, role)
            self._once(LegAnswered(call_id=self.call_id, at=row.at, leg=row.leg, role=role, party=party), row.leg)

    def _becomes_agent(self, row: Row) -> None:
        """A call has one agent: the one before hands it over."""
        if self._talking is not None and self._talking.leg != row.leg:
            self._agent_left(self._talking.agent, self._talking.leg, row, NORMAL_CLEARING)
        self._talking = AgentAnswered(
            call_id=self.call_id,
            at=row.at,
            agent=agent_of(row.channel),
            leg=row.leg,
            channel=row.channel,
            queue=QueueName(""),
            waited_s=0.0,
        )
        self._once(self._talking, row.leg)

    def _agent_left(self, agent: AgentId, leg: LegId, row: Row, cause: int) -> None:
        if self._talking is not None and self._talking.leg == leg:
            self._talking = None
        self._once(AgentLeft(call_id=self.call_id, at=row.at, agent=agent, leg=leg, cause=cause), leg)

    def _joins(self, row: Row, role: str) -> None:
        self._bridges[row.leg] = row.bridge
        joined = LegJoinedBridge(
            call_id=self.call_id,
            at=row.at,
            leg=row.leg,
            role=role,
            channel=row.channel,
            bridge=row.bridge,
            room=row.application == ROOM,
        )
        self.events.append(joined)
        there = self._bridges.get(self._accepted) if self._accepted else None
        if there is not None and there == self._bridges.get(self._caller) and not self._merged:
            self._merged = True
            self.events.append(ThreeWayMerged(call_id=self.call_id, at=row.at, agent=AgentId("")))

    def _leaves(self, row: Row, role: str) -> None:
        self._bridges.pop(row.leg, None)
        self._merged = self._merged and row.leg not in {self._caller, self._accepted}
        left = LegLeftBridge(call_id=self.call_id, at=row.at, leg=row.leg, role=role, bridge=row.bridge)
        self.events.append(left)

    def _hangs_up(self, row: Row, role: str) -> None:
        if row.source == row.channel:
            self.events.append(LegHungUp(call_id=self.call_id, at=row.at, leg=row.leg, role=role))
        if role == CALLER:
            self.events.append(CallerHungUp(call_id=self.call_id, at=row.at, cause=row.cause))
            return
        if role == AGENT:
            self._agent_left(agent_of(row.channel), row.leg, row, row.cause)
        self.events.append(LegLeft(call_id=self.call_id, at=row.at, leg=row.leg, role=role, cause=row.cause))

    # ---- what the dialplan said

    def _step(self, row: Row, step: Step) -> None:
        """An operator's leg may have been told of before he was reached."""
        self._trying = step if step.state == "trying" else self._trying
        for event in told(step, row.at, row.leg, row.channel):
            if isinstance(event, LegRang | LegAnswered | EmergencyReached):
                self._once(event, row.leg)
            else:
                self.events.append(event)

    def _word(self, row: Row, word: Word) -> None:
        match word.said:
            case ("leg", "became"):
                self._roles[row.leg] = AGENT
                self._becomes_agent(row)
            case ("leg", _):
                self._leg(row, word)
            case ("transfer", "done"):
                self.events.append(TransferDone(call_id=self.call_id, at=row.at, kind=word.about, target=""))
            case ("transfer", "failed"):
                failed = TransferFailed(call_id=self.call_id, at=row.at, kind=word.about, target="", reason=word.why)
                self.events.append(failed)
            case _:
                self._supervision(row, word)

    def _leg(self, row: Row, word: Word) -> None:
        role, call_id, at, leg = word.about, self.call_id, row.at, row.leg
        match word.said[1]:
            case "ringing":
                self._roles[leg] = role
                if role in THIRD_PARTIES:
                    label = self._trying.who if self._trying and role == EMERGENCY else ""
                    party = self._party(row, role)
                    rang = LegRang(
                        call_id=call_id, at=at, leg=leg, channel=row.channel, role=role, party=party, label=label
                    )
                    self._once(rang, leg)
            case "accepted":
                self._accepted = leg
                self._once(SpecialistAccepted(call_id=call_id, at=at, entry="", leg=leg), leg)
            case "failed" if role in THIRD_PARTIES:
                party = self._party(row, role)
                failed = LegNotReached(call_id=call_id, at=at, leg=leg, role=role, party=party, reason=word.why)
                self._once(failed, leg)
            case "unreached":
                self.events.append(SpecialistNotReached(call_id=call_id, at=at, entry="", reason=word.why))

    def _supervision(self, row: Row, word: Word) -> None:
        supervisor, call_id, at = agent_of(row.channel), self.call_id, row.at
        if word.said[1] == "ended":
            self.events.append(SupervisionEnded(call_id=call_id, at=at, supervisor=supervisor, leg=row.leg))
            return
        agent, mode = AgentId(word.why), word.about
        started = SupervisionStarted(call_id=call_id, at=at, supervisor=supervisor, agent=agent, leg=row.leg, mode=mode)
        self.events.append(started)
        if mode == TAKE_OVER:
            self._roles[row.leg] = AGENT
            self._becomes_agent(row)

    def _party(self, row: Row, role: str) -> str:
        """A supervisor's own channel names him; an operator is of the service that is being tried."""
        if role == EMERGENCY:
            return self._trying.service if self._trying else ""
        return agent_of(row.channel) if role == "supervisor" else ""

    def _once(self, event: CallEvent, leg: LegId) -> None:
        if (type(event), leg) not in self._told:
            self._told.add((type(event), leg))
            self.events.append(event)

"""What cti says is going on now: its snapshot, kept up to date by its deltas."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from agent_desktop import live_rows as rows
from agent_desktop import row_reading as read
from agent_desktop.figures import Figures, figures
from agent_desktop.live_rows import LiveAgent, LiveCall, LiveQueue
from agent_desktop.row_reading import BadState

_CALLS_KEPT = 2000


class MissedDelta(BadState):
    """A delta's number does not follow the last one: a new snapshot is needed."""


Row = LiveAgent | LiveCall | LiveQueue | Figures | str


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after."""

    table: str
    id: str
    before: Row | None
    after: Row | None


class Live:
    """The tables of cti's state. A call that ended is remembered for the wrap-up after it."""

    def __init__(self) -> None:
        self.run = ""
        self.agents: dict[str, LiveAgent] = {}
        self.calls: dict[str, LiveCall] = {}
        self.queues: dict[str, LiveQueue] = {}
        self.figures: dict[str, Figures] = {}
        self.health: dict[str, str] = {}
        self._seq = 0
        self._known: OrderedDict[str, LiveCall] = OrderedDict()
        self._last_call_of: dict[str, str] = {}
        self._agents_of: dict[str, set[str]] = {}
        self._at: dict[str, LiveCall] | None = None
        """Agent → the call at that desk; None when a call has changed since it was made. Every window asks."""
        self._left: list[LiveCall] = []
        """Calls that go on without an agent; made anew together with the calls at desks."""

    def replace(self, message: Mapping[str, object]) -> None:
        """Take over a snapshot. Raises BadState and changes nothing when it is none."""
        state = read.mapping(message.get("state"))
        agents, calls = _table(state, "agents", rows.agent), _table(state, "calls", rows.call)
        queues, health = _table(state, "queues", rows.queue), _table(state, "health", rows.health)
        counted = _table(state, "figures", figures)
        before, self._at = self.calls, None
        self._seq, self.run = read.number(message.get("seq")), read.text(message.get("run"))
        self.agents, self.calls, self.queues, self.figures, self.health = agents, calls, queues, counted, health
        for call in [*before.values(), *self.calls.values()]:
            self._remember(call)

    def apply(self, message: Mapping[str, object]) -> list[Change]:
        """Take over one delta and tell what changed. Raises MissedDelta or BadState."""
        if read.number(message.get("seq")) != self._seq + 1:
            raise MissedDelta(f"after {self._seq} came {message.get('seq')!r}")
        changes = message.get("changes")
        if not isinstance(changes, list):
            raise BadState("changes")
        self._seq += 1
        return [self._apply(read.mapping(change)) for change in changes]

    def call_of(self, agent_id: str) -> LiveCall | None:
        """The call at this agent's desk: ringing, talking or held; in wrap-up the one just ended."""
        agent = self.agents.get(agent_id)
        if agent and agent.call_id in self.calls:
            return self.calls[agent.call_id]
        here = self._calls_at_desks().get(agent_id)
        if here:
            return here
        if agent and agent.state == "wrap-up":
            return self.known_call(agent.call_id or self._last_call_of.get(agent_id, ""))
        return None

    def _calls_at_desks(self) -> dict[str, LiveCall]:
        if self._at is None:
            living = [call for call in self.calls.values() if call.state != "ended"]
            at = [(agent, call) for call in reversed(living) for agent in (call.agent, *call.ringing) if agent]
            self._at, self._left = dict(at), [call for call in living if call.state == "room" and not call.agent]
        return self._at

    def left_call_of(self, agent_id: str) -> LiveCall | None:
        """A call that goes on without an agent and that this one was at: there is a way back."""
        self._calls_at_desks()
        return next((call for call in self._left if self.was_at(call.id, agent_id)), None)

    def known_call(self, call_id: str) -> LiveCall | None:
        return self.calls.get(call_id) or self._known.get(call_id)

    def was_at(self, call_id: str, agent_id: str) -> bool:
        """Whether this agent answered the call, as far as this process saw it or the call's own legs tell."""
        call = self.calls.get(call_id)
        legs = call.legs if call else ()
        return agent_id in self._agents_of.get(call_id, ()) or any(
            leg.role == "agent" and leg.party == agent_id for leg in legs
        )

    def _apply(self, change: Mapping[str, object]) -> Change:
        table, id_, value = read.text(change.get("table")), read.text(change.get("id")), change.get("value")
        match table:
            case "agents":
                return Change(table, id_, *_put(self.agents, id_, value, rows.agent))
            case "calls":
                before, self._at = self.calls.get(id_), None
                change_of_call = Change(table, id_, *_put(self.calls, id_, value, rows.call))
                self._remember(self.calls.get(id_, before))
                return change_of_call
            case "queues":
                return Change(table, id_, *_put(self.queues, id_, value, rows.queue))
            case "figures":
                return Change(table, id_, *_put(self.figures, id_, value, figures))
            case "health":
                return Change(table, id_, *_put(self.health, id_, value, rows.health))
            case _:
                raise BadState(f"table {table!r}")

    def _remember(self, call: LiveCall | None) -> None:
        if call is None:
            return
        self._known[call.id] = call
        self._known.move_to_end(call.id)
        if call.agent:
            self._last_call_of[call.agent] = call.id
            self._agents_of.setdefault(call.id, set()).add(call.agent)
        if len(self._known) > _CALLS_KEPT:
            forgotten, _ = self._known.popitem(last=False)
            self._agents_of.pop(forgotten, None)


T = TypeVar("T")


def _table(state: Mapping[str, object], name: str, row: Callable[[str, object], T]) -> dict[str, T]:
    return {id_: row(id_, value) for id_, value in read.mapping(state.get(name, {})).items()}


def _put(table: dict[str, T], id_: str, value: object, row: Callable[[str, object], T]) -> tuple[T | None, T | None]:
    """Put one row, or take it away when there is no value; the row before and after."""
    before = table.get(id_)
    if value is None:
        table.pop(id_, None)
        return before, None
    table[id_] = row(id_, value)
    return before, table[id_]

"""What cti says is going on now: its snapshot, kept up to date by its deltas."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from agent_desktop.instants import parse_iso

_CALLS_KEPT = 2000


class BadState(ValueError):
    """cti sent something that is no state."""


class MissedDelta(BadState):
    """A delta's number does not follow the last one: a new snapshot is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAgent:
    id: str
    state: str
    reason: str
    since: datetime | None
    queues: tuple[str, ...]
    line: str
    call_id: str
    wrap_up_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    id: str
    state: str
    number: str
    name: str
    dialled: str
    queue: str
    arrived_at: datetime | None
    joined_at: datetime | None
    answered_at: datetime | None
    agent: str
    ringing: tuple[str, ...]
    held_since: datetime | None
    recording: bool
    fallback: bool

    def is_at(self, agent_id: str) -> bool:
        return agent_id == self.agent or agent_id in self.ringing


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveQueue:
    name: str
    waiting: int
    longest_joined_at: datetime | None
    ready: int
    talking: int


Row = LiveAgent | LiveCall | LiveQueue | str


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
        self.health: dict[str, str] = {}
        self._seq = 0
        self._known: OrderedDict[str, LiveCall] = OrderedDict()
        self._last_call_of: dict[str, str] = {}
        self._agents_of: dict[str, set[str]] = {}

    def replace(self, message: Mapping[str, object]) -> None:
        """Take over a snapshot. Raises BadState and changes nothing when it is none."""
        state = _mapping(message.get("state"))
        agents, calls = _table(state, "agents", _agent), _table(state, "calls", _call)
        queues, health = _table(state, "queues", _queue), _table(state, "health", _health)
        before = self.calls
        self._seq, self.run = _number(message.get("seq")), _text(message.get("run"))
        self.agents, self.calls, self.queues, self.health = agents, calls, queues, health
        for call in [*before.values(), *self.calls.values()]:
            self._remember(call)

    def apply(self, message: Mapping[str, object]) -> list[Change]:
        """Take over one delta and tell what changed. Raises MissedDelta or BadState."""
        if _number(message.get("seq")) != self._seq + 1:
            raise MissedDelta(f"after {self._seq} came {message.get('seq')!r}")
        changes = message.get("changes")
        if not isinstance(changes, list):
            raise BadState("changes")
        self._seq += 1
        return [self._apply(_mapping(change)) for change in changes]

    def call_of(self, agent_id: str) -> LiveCall | None:
        """The call at this agent's desk: ringing, talking or held; in wrap-up the one just ended."""
        agent = self.agents.get(agent_id)
        if agent and agent.call_id in self.calls:
            return self.calls[agent.call_id]
        here = [call for call in self.calls.values() if call.is_at(agent_id) and call.state != "ended"]
        if here:
            return here[0]
        if agent and agent.state == "wrap-up":
            return self.known_call(agent.call_id or self._last_call_of.get(agent_id, ""))
        return None

    def known_call(self, call_id: str) -> LiveCall | None:
        return self.calls.get(call_id) or self._known.get(call_id)

    def was_at(self, call_id: str, agent_id: str) -> bool:
        """Whether this agent answered the call, as far as this process saw it."""
        return agent_id in self._agents_of.get(call_id, ())

    def _apply(self, change: Mapping[str, object]) -> Change:
        table, id_, value = _text(change.get("table")), _text(change.get("id")), change.get("value")
        match table:
            case "agents":
                return Change(table, id_, *_put(self.agents, id_, value, _agent))
            case "calls":
                before = self.calls.get(id_)
                change_of_call = Change(table, id_, *_put(self.calls, id_, value, _call))
                self._remember(self.calls.get(id_, before))
                return change_of_call
            case "queues":
                return Change(table, id_, *_put(self.queues, id_, value, _queue))
            case "health":
                return Change(table, id_, *_put(self.health, id_, value, _health))
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


def _agent(id_: str, value: object) -> LiveAgent:
    row = _mapping(value)
    return LiveAgent(
        id=id_,
        state=_text(row.get("state")) or "offline",
        reason=_text(row.get("reason")),
        since=parse_iso(row.get("since")),
        queues=_texts(row.get("queues")),
        line=_text(row.get("line")) or "down",
        call_id=_text(row.get("call_id")),
        wrap_up_until=parse_iso(row.get("wrap_up_until")),
    )


def _call(id_: str, value: object) -> LiveCall:
    row = _mapping(value)
    return LiveCall(
        id=id_,
        state=_text(row.get("state")),
        number=_text(row.get("number")),
        name=_text(row.get("name")),
        dialled=_text(row.get("dialled")),
        queue=_text(row.get("queue")),
        arrived_at=parse_iso(row.get("arrived_at")),
        joined_at=parse_iso(row.get("joined_at")),
        answered_at=parse_iso(row.get("answered_at")),
        agent=_text(row.get("agent")),
        ringing=_texts(row.get("ringing")),
        held_since=parse_iso(row.get("held_since")),
        recording=bool(row.get("recording")),
        fallback=bool(row.get("fallback")),
    )


def _queue(id_: str, value: object) -> LiveQueue:
    row = _mapping(value)
    return LiveQueue(
        name=id_,
        waiting=_number(row.get("waiting", 0)),
        longest_joined_at=parse_iso(row.get("longest_joined_at")),
        ready=_number(row.get("ready", 0)),
        talking=_number(row.get("talking", 0)),
    )


def _health(id_: str, value: object) -> str:
    return _text(value)


T = TypeVar("T")


def _table(state: Mapping[str, object], name: str, row: Callable[[str, object], T]) -> dict[str, T]:
    return {id_: row(id_, value) for id_, value in _mapping(state.get(name, {})).items()}


def _put(rows: dict[str, T], id_: str, value: object, row: Callable[[str, object], T]) -> tuple[T | None, T | None]:
    """Put one row, or take it away when there is no value; the row before and after."""
    before = rows.get(id_)
    if value is None:
        rows.pop(id_, None)
        return before, None
    rows[id_] = row(id_, value)
    return before, rows[id_]


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadState("an object was expected")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise BadState("a number was expected")
    return value

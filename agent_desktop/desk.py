"""One window of one agent: what it has been shown, and which frames it needs next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic

from agent_desktop.cards import Cards
from agent_desktop.control import Control
from agent_desktop.database_watch import DatabaseWatch
from agent_desktop.desk_views import agent_view, call_view, card_view, queue_views
from agent_desktop.frames import (
    AgentFrame,
    CallFrame,
    CardFrame,
    QueuesFrame,
    ServerFrame,
    SnapshotFrame,
    SystemFrame,
)
from agent_desktop.names import Names
from agent_desktop.sessions import Session, Sessions
from agent_desktop.shown import AgentView, CallView, CardView, QueueView, SessionView, SystemView
from agent_desktop.window import Window

_OVERDUE = 2.5
"""A page beats once a second."""

DESK, READER = "desk", "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every window looks at."""

    control: Control
    cards: Cards
    database: DatabaseWatch
    sessions: Sessions
    names: Names
    test_mode: Callable[[], bool]
    release: str
    clock: Callable[[], float]

    def system(self) -> SystemView:
        cti = self.control.live.health.get("ami", "up") if self.control.is_up else "down"
        return SystemView(
            cti=cti,
            database="up" if self.database.is_up else "down",
            test_mode=self.test_mode(),
            server_time=datetime.fromtimestamp(self.clock(), UTC),
            release=self.release,
        )

    def session_view(self, session: Session) -> SessionView:
        expires_at = datetime.fromtimestamp(session.expires_at, UTC)
        return SessionView(csrf=self.sessions.csrf(session), expires_at=expires_at)


@dataclass(slots=True)
class _Shown:
    """What the window shows now; a frame is sent only for what differs."""

    agent: AgentView | None = None
    call: CallView | None = None
    card: CardView | None = None
    queues: tuple[QueueView, ...] = ()
    system: SystemView | None = None


class Desk(Window):
    """What one agent's window shows, and what its phone says of itself."""

    def __init__(self, session: Session, window: str, around: Surroundings, *, address: str = "") -> None:
        super().__init__(session, window=window, address=address)
        self.role = READER
        self.registered = False
        self.mic = "ok"
        self.asleep = False
        self._around = around
        self._shown = _Shown()
        self._snapshot_due = False
        self._look = False
        self._paint_without_record = ""

    def is_silent(self) -> bool:
        """Whether a beat is overdue: its page is probably gone, and only the network has not said so."""
        return monotonic() - self.heard_at > _OVERDUE

    def paint_card(self, call_id: str) -> None:
        """The time for the look-up is over: show the card of this call with what is known."""
        self._paint_without_record = call_id
        self.look()

    def show_all(self, role: str) -> None:
        """A new snapshot, in this role."""
        self.role = role
        self._snapshot_due = True
        self._wake.set()

    def look(self) -> None:
        """Something may have changed."""
        self._look = True
        self._wake.set()

    def _due(self) -> Iterator[ServerFrame]:
        if self._snapshot_due:
            self._snapshot_due = False
            yield self._snapshot()
        while self._direct:
            yield self._direct.popleft()
        if self._look:
            self._look = False
            yield from self._differences()

    def _snapshot(self) -> SnapshotFrame:
        agent, call = self._agent_and_call()
        live, system = self._around.control.live, self._around.system()
        self._shown = _Shown(agent, call, self._card(), queue_views(live), system)
        return SnapshotFrame(
            role=self.role,
            session=self._around.session_view(self.session),
            agent=agent,
            call=call,
            card=self._shown.card,
            queues=self._shown.queues,
            system=system,
        )

    def _differences(self) -> Iterator[ServerFrame]:
        now, shown = self._agent_and_call(), self._shown
        if now[1] != shown.call:
            shown.call = now[1]
            yield CallFrame(call=shown.call)
        card = self._card()
        if card != shown.card:
            shown.card = card
            yield CardFrame(card=card)
        if now[0] != shown.agent:
            shown.agent = now[0]
            yield AgentFrame(agent=now[0])
        queues = queue_views(self._around.control.live)
        if queues != shown.queues:
            shown.queues = queues
            yield QueuesFrame(queues=queues)
        system = self._around.system()
        if shown.system is None or replace(system, server_time=shown.system.server_time) != shown.system:
            shown.system = system
            yield SystemFrame(system=system)

    def _agent_and_call(self) -> tuple[AgentView, CallView | None]:
        live, names, agent_id = self._around.control.live, self._around.names, self.session.agent_id
        call = live.call_of(agent_id)
        agent = agent_view(self.session, live, call.id if call else "", names)
        return agent, call_view(call, live.agents.get(agent_id), names) if call else None

    def _card(self) -> CardView | None:
        """The card of the call here, once its record is known or its time is over; readers get none."""
        call = self._around.control.live.call_of(self.session.agent_id)
        if call is None or self.role != DESK:
            return None
        record = self._around.cards.known(call.id)
        if record is None and self._paint_without_record != call.id:
            return None
        return card_view(call, record, self._around.names)

"""The supervisors' board: one window each, all rows at first, then only those that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from agent_desktop.board_views import board_call_view, seat_view
from agent_desktop.desk import Surroundings
from agent_desktop.desk_views import queue_view
from agent_desktop.figures import NOTHING_YET
from agent_desktop.frames import BoardFrame, ChangesFrame, ServerFrame, SystemFrame
from agent_desktop.live import Change
from agent_desktop.ports import Agents
from agent_desktop.sessions import Session
from agent_desktop.window import Window

TODAY = "today"
"""The one row of figures."""
Place = tuple[str, str]
"""Table and id of a row."""


class BoardWindow(Window):
    """Shows the rows of `Boards`; what changed twice while its socket was busy is sent once."""

    def __init__(self, session: Session, boards: Boards, *, address: str = "") -> None:
        super().__init__(session, address=address)
        self._boards = boards
        self._all_due = True
        self._moved: set[Place] = set()
        self._system_due = False
        self._wake.set()

    def show_all(self) -> None:
        self._all_due = True
        self._wake.set()

    def moved(self, places: Iterable[Place]) -> None:
        self._moved.update(places)
        self._wake.set()

    def look_at_system(self) -> None:
        self._system_due = True
        self._wake.set()

    def _due(self) -> Iterator[ServerFrame]:
        around = self._boards.around
        if self._all_due:
            self._all_due = self._system_due = False
            self._moved.clear()
            rows = self._boards.rows()
            yield BoardFrame(session=around.session_view(self.session), system=around.system(), rows=rows)
        while self._direct:
            yield self._direct.popleft()
        if self._moved:
            moved, self._moved = sorted(self._moved), set()
            yield ChangesFrame(rows=tuple((table, id_, self._boards.row(table, id_)) for table, id_ in moved))
        if self._system_due:
            self._system_due = False
            yield SystemFrame(system=around.system())


class Boards:
    """All open boards, told of each change of the live state."""

    def __init__(self, around: Surroundings, agents: Agents, has_desk: Callable[[str], bool]) -> None:
        self.around = around
        self._agents = agents
        self._has_desk = has_desk
        self._windows: list[BoardWindow] = []
        around.control.watch(self)

    def join(self, window: BoardWindow) -> None:
        self._windows.append(window)

    def leave(self, window: BoardWindow) -> None:
        if window in self._windows:
            self._windows.remove(window)

    def close_session(self, session_id: str) -> None:
        for window in self._windows:
            if window.session.id == session_id:
                window.close(4401)

    def close_all(self) -> None:
        for window in self._windows:
            window.close(1012)

    def rows(self) -> dict[str, dict[str, Any]]:
        live = self.around.control.live
        seats = {record.id for record in self._agents.working() if "agent" in record.roles} | set(live.agents)
        places = {"agents": seats, "calls": set(live.calls), "queues": set(live.queues), "figures": {TODAY}}
        return {table: self._table(table, ids) for table, ids in places.items()}

    def row(self, table: str, id_: str) -> dict[str, Any] | None:
        """The row as it is now; None when it is gone."""
        live = self.around.control.live
        match table:
            case "agents" if record := self._agents.find(id_):
                return asdict(seat_view(record, live.agents.get(id_), has_desk=self._has_desk(id_)))
            case "calls" if call := live.calls.get(id_):
                view = board_call_view(call)
                return asdict(view) if view else None
            case "queues" if queue := live.queues.get(id_):
                return asdict(queue_view(queue))
            case "figures":
                return asdict(live.figures.get(id_, NOTHING_YET))
            case _:
                return None

    def seat_moved(self, agent_id: str) -> None:
        """A desk opened or closed."""
        self._tell([("agents", agent_id)])

    # What cti says

    def control_changed(self, changes: list[Change]) -> None:
        self._tell([(change.table, change.id) for change in changes if change.table != "health"])
        if any(change.table == "health" for change in changes):
            self._look_at_system()

    def control_up(self) -> None:
        for window in self._windows:
            window.show_all()

    def control_down(self) -> None:
        self._look_at_system()

    def _tell(self, places: list[Place]) -> None:
        for window in self._windows if places else ():
            window.moved(places)

    def _look_at_system(self) -> None:
        for window in self._windows:
            window.look_at_system()

    def _table(self, table: str, ids: Iterable[str]) -> dict[str, Any]:
        rows = {id_: self.row(table, id_) for id_ in sorted(ids)}
        return {id_: row for id_, row in rows.items() if row is not None}

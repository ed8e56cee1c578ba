"""All open windows: one desk an agent, the others readers; who is shown what when cti tells of a change."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from agent_desktop.cards import FIRST_PAINT, Cards
from agent_desktop.chores import Chores
from agent_desktop.control import Control
from agent_desktop.desk import DESK, READER, Desk
from agent_desktop.frames import CaseFrame, CommandFrame, ErrorFrame, LineFrame, ReplyFrame
from agent_desktop.live import Change
from agent_desktop.live_rows import LiveAgent, LiveCall
from agent_desktop.orders import Orders
from agent_desktop.presence import GRACE, Presence
from agent_desktop.refusals import DeskTaken, Refused, TooManyTries, reply_to
from agent_desktop.sessions import Session

WINDOWS_AN_AGENT = 6
_LATE_CARD = 5.0
_MEANT = {1012, 4401, 4409}
"""Close codes after which no desk is missed: this process ends, log-out, the same window again."""


class Desks:
    def __init__(
        self, control: Control, cards: Cards, chores: Chores, orders: Orders, *, grace: float = GRACE
    ) -> None:
        self._control = control
        self._cards = cards
        self._orders = orders
        self._chores = chores
        self._presence = Presence(control, chores, self.desk_of, self.alive, grace=grace)
        self._windows: dict[str, list[Desk]] = {}
        self._seat_moved: Callable[[str], None] = lambda agent_id: None
        control.watch(self)

    def tell_seats(self, moved: Callable[[str], None]) -> None:
        """`moved(agent_id)` is called when a desk opens or closes."""
        self._seat_moved = moved

    async def run(self) -> None:
        """Tell cti every second which desks live, until cancelled."""
        await self._presence.run()

    # Windows

    def join(self, window: Desk) -> None:
        """Take in a window: the desk if there is none or it is the same window again, else a reader."""
        agent_id = window.session.agent_id
        self._replace_same(window)
        windows = self._windows.setdefault(agent_id, [])
        if len(windows) >= WINDOWS_AN_AGENT:
            raise TooManyTries(wait_seconds=15)
        taken = self.desk_of(agent_id) is not None
        windows.append(window)
        window.show_all(READER if taken else DESK)
        if taken:
            window.push(_error(DeskTaken()))
        else:
            self._is_desk(window)

    def leave(self, window: Desk) -> None:
        agent_id = window.session.agent_id
        windows = self._windows.get(agent_id, [])
        if window not in windows:
            return
        windows.remove(window)
        if not windows:
            del self._windows[agent_id]
        if window.role == DESK and window.close_code not in _MEANT:
            self._presence.went(agent_id, at_once=window.asleep or window.is_silent())
        self._seat_moved(agent_id)

    def take_over(self, window: Desk) -> None:
        """Make this window the desk; the one that was loses its phone."""
        old = self.desk_of(window.session.agent_id)
        if old is window:
            return
        if old is not None:
            old.registered = False
            old.show_all(READER)
            old.push(ErrorFrame(code="desk_lost", text="工作台已在另一个窗口打开，本窗口转为只读。"))
        window.show_all(DESK)
        self._is_desk(window)

    def desk_of(self, agent_id: str) -> Desk | None:
        return next((window for window in self._windows.get(agent_id, []) if window.role == DESK), None)

    async def sign_off(self, session: Session) -> None:
        """The agent leaves, unless the desk is open in another log-in. Raises CommandRefused during a call."""
        desk = self.desk_of(session.agent_id)
        if desk is None or desk.session.id == session.id:
            await self._presence.sign_off(session.agent_id)

    def close_session(self, session_id: str) -> None:
        """The log-in is over: its windows close."""
        for window in self._all():
            if window.session.id == session_id:
                window.close(4401)

    def close_all(self) -> None:
        """This process ends."""
        self._presence.end()
        for window in self._all():
            window.close(1012)

    def tell_case(self, agent_id: str, frame: CaseFrame) -> None:
        for window in self._windows.get(agent_id, []):
            window.push(frame)

    # What a window says

    async def command(self, window: Desk, frame: CommandFrame) -> ReplyFrame:
        """Carry out a command of the agent whose desk this window is."""
        if window.role == DESK:
            return await self._orders.carry_out(window, frame)
        reply = reply_to(DeskTaken())
        return ReplyFrame(id=frame.id, ok=False, code=reply.code, text=reply.text)

    def line(self, window: Desk, frame: LineFrame) -> None:
        """Only the desk has a phone."""
        if window.role == DESK:
            self._presence.line(window, frame)

    def asleep(self, window: Desk) -> None:
        """The page is about to be frozen."""
        if window.role == DESK:
            self._presence.asleep(window)

    def heard(self, window: Desk) -> None:
        """The page lives; one that slept is awake again."""
        if window.asleep and window.role == DESK:
            self._presence.awake(window)

    def alive(self) -> list[str]:
        """Agents at whose desk a page beats and a phone is registered."""
        desks = [window for window in self._all() if window.role == DESK and window.registered]
        return sorted(desk.session.agent_id for desk in desks if not desk.asleep and not desk.is_silent())

    # What the others say

    def control_changed(self, changes: list[Change]) -> None:
        for change in changes:
            if isinstance(change.after, LiveCall):
                self._call_changed(change.before, change.after)
            if isinstance(change.after, LiveAgent):
                self._agent_changed(change.id, change.after)
            if change.table == "health" and change.after == "up":
                self._catch_up()
        for window in self._touched(changes):
            window.look()

    def control_up(self) -> None:
        for agent in self._control.live.agents.values():
            self._presence.saw(agent)
            if self._awake_desk(agent.id) is None:
                self._presence.absent(agent.id, agent)
        for call in self._control.live.calls.values():
            self._call_changed(None, call)
        self._look_all()
        self._catch_up()

    def control_down(self) -> None:
        self._look_all()

    def database_changed(self, is_up: bool) -> None:
        """Tell it; desks whose card had to do without PostgreSQL get it now."""
        self._look_all()
        for window in self._all() if is_up else ():
            if window.role == DESK:
                self._pop_for(window)

    def _agent_changed(self, agent_id: str, agent: LiveAgent) -> None:
        self._presence.saw(agent)
        desk = self._awake_desk(agent_id)
        if desk is None:
            self._presence.absent(agent_id, agent)
        else:
            self._presence.noticed(desk, agent)

    def _awake_desk(self, agent_id: str) -> Desk | None:
        desk = self.desk_of(agent_id)
        return None if desk is None or desk.asleep else desk

    def _catch_up(self) -> None:
        self._presence.tell_untold()
        for window in self._all():
            if window.role == DESK:
                self._presence.catch_up(window)

    def _look_all(self) -> None:
        for window in self._all():
            window.look()

    def _touched(self, changes: Iterable[Change]) -> Iterable[Desk]:
        """Windows whose agent a change names; queues and health are everybody's."""
        agents: set[str] = set()
        for change in changes:
            if change.table in {"queues", "health"}:
                return self._all()
            if change.table == "agents":
                agents.add(change.id)
            for call in (change.before, change.after):
                if isinstance(call, LiveCall):
                    agents |= {call.agent, *call.ringing, *(leg.party for leg in call.legs)}
        return [window for agent in agents for window in self._windows.get(agent, [])]

    # The caller card

    def _call_changed(self, before: object, call: LiveCall) -> None:
        """Look the caller up while he waits, if anybody could be shown him; show him where he rings."""
        if self._windows and call.state in {"queued", "ringing", "talking", "held"}:
            self._cards.prefetch(call)
        here_before = {before.agent, *before.ringing} if isinstance(before, LiveCall) else set()
        for agent_id in {call.agent, *call.ringing} - here_before:
            if desk := self.desk_of(agent_id):
                self._pop(desk, call)

    def _pop_for(self, desk: Desk) -> None:
        if call := self._control.live.call_of(desk.session.agent_id):
            self._pop(desk, call)

    def _pop(self, desk: Desk, call: LiveCall) -> None:
        if self._cards.known(call.id) is None:
            self._chores.start("desk.card", self._paint_card(desk, call))

    async def _paint_card(self, desk: Desk, call: LiveCall) -> None:
        """First paint after 150 ms at the latest, again when a late record comes."""
        record = await self._cards.record(call, within=FIRST_PAINT)
        desk.paint_card(call.id)
        if record is None and await self._cards.record(call, within=_LATE_CARD):
            desk.look()

    def case_saved(self, agent_id: str, call_id: str) -> None:
        """The card of this call shows the new case among the open ones."""
        call, desk = self._control.live.known_call(call_id), self.desk_of(agent_id)
        if call is not None and desk is not None:
            self._chores.start("desk.card", self._repaint_card(desk, call))

    async def _repaint_card(self, desk: Desk, call: LiveCall) -> None:
        await self._cards.look_again(call)
        desk.look()

    def _is_desk(self, window: Desk) -> None:
        self._presence.came(window.session.agent_id)
        self._pop_for(window)
        self._seat_moved(window.session.agent_id)

    def _replace_same(self, window: Desk) -> None:
        """A reload, or a network that went away, brings a window back before the server has missed it."""
        windows = self._windows.get(window.session.agent_id, [])
        for old in list(windows):
            is_same = window.window and old.window == window.window
            if is_same or (old.role == DESK and old.is_silent()):
                windows.remove(old)
                old.close(4409)

    def _all(self) -> list[Desk]:
        return [window for windows in self._windows.values() for window in windows]


def _error(error: Refused) -> ErrorFrame:
    reply = reply_to(error)
    return ErrorFrame(code=reply.code, text=reply.text)

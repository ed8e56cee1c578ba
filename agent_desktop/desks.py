"""All open windows: one desk an agent, the others readers; what follows when a desk comes or goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from agent_desktop.cards import FIRST_PAINT, Cards
from agent_desktop.chores import Chores
from agent_desktop.control import Control
from agent_desktop.desk import DESK, READER, Desk
from agent_desktop.frames import CaseFrame, CommandFrame, ErrorFrame, LineFrame, ReplyFrame
from agent_desktop.live import Change, LiveCall
from agent_desktop.names import DEVICE_FAULT
from agent_desktop.refusals import CommandExpired, CtiDown, DeskTaken, NotYourCall, Refused, TooManyTries, reply_to

log = structlog.get_logger()

GRACE = 10.0
"""Seconds in which a desk may come back (reload, network) before cti hears that it is gone."""

WINDOWS_AN_AGENT = 6
_LATE_CARD = 5.0
_MEANT = {1012, 4401, 4409}
"""Close codes after which no desk is missed: this process ends, log-out, the same window again."""


class Desks:
    def __init__(self, control: Control, cards: Cards, chores: Chores, *, grace: float = GRACE) -> None:
        self._control = control
        self._cards = cards
        self._chores = chores
        self._grace = grace
        self._windows: dict[str, list[Desk]] = {}
        self._going: dict[str, asyncio.TimerHandle] = {}
        self._untold: set[str] = set()
        control.watch(self)

    # Windows

    def join(self, window: Desk) -> None:
        """Take in a window: the desk if there is none or it is the same window again, else a reader."""
        agent_id = window.session.agent_id
        windows = self._windows.setdefault(agent_id, [])
        if len(windows) >= WINDOWS_AN_AGENT:
            raise TooManyTries(wait_seconds=15)
        self._replace_same(windows, window)
        taken = self.desk_of(agent_id) is not None
        windows.append(window)
        window.show_all(READER if taken else DESK)
        if taken:
            window.push(_error(DeskTaken()))
        else:
            self._desk_is_back(agent_id)

    def leave(self, window: Desk) -> None:
        agent_id = window.session.agent_id
        windows = self._windows.get(agent_id, [])
        if window not in windows:
            return
        windows.remove(window)
        if not windows:
            del self._windows[agent_id]
        if window.role == DESK and window.close_code not in _MEANT and agent_id not in self._going:
            loop = asyncio.get_running_loop()
            self._going[agent_id] = loop.call_later(self._grace, self._desk_is_gone, agent_id)

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
        self._desk_is_back(window.session.agent_id)

    def desk_of(self, agent_id: str) -> Desk | None:
        return next((window for window in self._windows.get(agent_id, []) if window.role == DESK), None)

    def close_session(self, session_id: str) -> None:
        """The log-in is over: its windows close."""
        for window in list(self._all()):
            if window.session.id == session_id:
                window.registered = False
                window.close(4401)

    def close_all(self) -> None:
        """This process ends; cti keeps the agents as they are."""
        for timer in self._going.values():
            timer.cancel()
        self._going.clear()
        for window in list(self._all()):
            window.registered = False
            window.close(1012)

    def tell_case(self, agent_id: str, frame: CaseFrame) -> None:
        for window in self._windows.get(agent_id, []):
            window.push(frame)

    def look_all(self) -> None:
        for window in self._all():
            window.look()

    # What the desk says

    async def command(self, window: Desk, frame: CommandFrame) -> ReplyFrame:
        """Carry out a command of this window's own agent, on a call at this desk only."""
        agent_id = window.session.agent_id
        try:
            if window.role != DESK:
                raise DeskTaken
            await self._control.command(frame.kind, agent_id, **self._args(agent_id, frame))
        except Refused as error:
            reply = reply_to(error)
            return ReplyFrame(id=frame.id, ok=False, code=reply.code, text=reply.text)
        return ReplyFrame(id=frame.id, ok=True)

    def line(self, window: Desk, frame: LineFrame) -> None:
        """The desk's phone line or microphone changed."""
        if window.role != DESK:
            return
        was, window.registered, window.mic = window.registered, frame.registered, frame.mic
        agent_id = window.session.agent_id
        if frame.registered and not was:
            self._chores.start("desk.sign_on", self._sign_on(window))
        elif frame.registered:
            self._chores.start("desk.mic", self._mic(window))
        log.info("desk.line", agent_id=agent_id, registered=frame.registered, mic=frame.mic)

    def _args(self, agent_id: str, frame: CommandFrame) -> dict[str, object]:
        if frame.kind in {"hold", "retrieve", "hang_up"}:
            if not self._control.is_up:
                raise CtiDown
            call = self._control.live.call_of(agent_id)
            call_id = frame.call_id or (call.id if call else "")
            if call is None or call.id != call_id:
                raise NotYourCall
            return {"call_id": call_id}
        return {"reason": frame.reason or "其他"} if frame.kind == "pause" else {}

    async def _sign_on(self, window: Desk) -> None:
        """Bring cti's view of this agent in line with a desk that has a phone."""
        agent_id = window.session.agent_id
        agent = self._control.live.agents.get(agent_id)
        if agent is None or agent.state == "offline":
            await self._ask(window, "sign_on", queues=list(window.session.queues))
        else:
            await self._ask(window, "desk_back")
        await self._mic(window)

    async def _mic(self, window: Desk) -> None:
        """A ready agent whose microphone is lost gets no calls until it is back."""
        agent = self._control.live.agents.get(window.session.agent_id)
        if agent is None:
            return
        if window.mic == "lost" and agent.state == "ready":
            await self._ask(window, "pause", reason=DEVICE_FAULT)
        elif window.mic == "ok" and agent.state == "paused" and agent.reason == DEVICE_FAULT:
            await self._ask(window, "ready")

    async def _ask(self, window: Desk, kind: str, **args: object) -> None:
        """A command that the desk itself gives; a refusal is shown. After CtiDown `control_up` asks again."""
        try:
            await self._control.command(kind, window.session.agent_id, **args)
        except CtiDown:
            log.warning("desk.ask_later", kind=kind, agent_id=window.session.agent_id)
        except Refused as error:
            window.push(_error(error))

    # What cti says

    def control_changed(self, changes: list[Change]) -> None:
        for change in changes:
            if isinstance(change.after, LiveCall):
                self._call_changed(change.before, change.after)
            if change.table == "health" and change.after == "up":
                self._sign_on_all()
        for window in self._touched(changes):
            window.look()

    def control_up(self) -> None:
        for call in self._control.live.calls.values():
            self._call_changed(None, call)
        for agent_id in list(self._untold):
            self._chores.start("desk.gone", self._tell_gone(agent_id))
        self.look_all()
        self._sign_on_all()

    def control_down(self) -> None:
        self.look_all()

    def _sign_on_all(self) -> None:
        for window in self._all():
            if window.role == DESK and window.registered:
                self._chores.start("desk.sign_on", self._sign_on(window))

    def _touched(self, changes: Iterable[Change]) -> Iterable[Desk]:
        """Windows whose agent a change names; queues and health are everybody's."""
        agents: set[str] = set()
        for change in changes:
            if change.table in {"queues", "health"}:
                return list(self._all())
            if change.table == "agents":
                agents.add(change.id)
            for call in (change.before, change.after):
                if isinstance(call, LiveCall):
                    agents |= {call.agent, *call.ringing}
        return [window for agent in agents for window in self._windows.get(agent, [])]

    def _call_changed(self, before: object, call: LiveCall) -> None:
        if call.state in {"queued", "ringing", "talking", "held"}:
            self._cards.prefetch(call)
        here_before = {before.agent, *before.ringing} if isinstance(before, LiveCall) else set()
        for agent_id in {call.agent, *call.ringing} - here_before:
            self._pop(agent_id, call)

    def _pop(self, agent_id: str, call: LiveCall) -> None:
        desk = self.desk_of(agent_id)
        if desk is not None and self._cards.known(call.id) is None:
            self._chores.start("desk.card", self._paint_card(desk, call))

    async def _paint_card(self, desk: Desk, call: LiveCall) -> None:
        """First paint after 150 ms at the latest, again when a late record comes."""
        record = await self._cards.record(call, within=FIRST_PAINT)
        desk.paint_card(call.id)
        if record is None and await self._cards.record(call, within=_LATE_CARD):
            desk.look()

    # Coming and going

    def _desk_is_back(self, agent_id: str) -> None:
        if timer := self._going.pop(agent_id, None):
            timer.cancel()
        if call := self._control.live.call_of(agent_id):
            self._pop(agent_id, call)

    def _desk_is_gone(self, agent_id: str) -> None:
        self._going.pop(agent_id, None)
        self._chores.start("desk.gone", self._tell_gone(agent_id))

    async def _tell_gone(self, agent_id: str) -> None:
        """Tell cti, now or once it is back, unless the agent is signed off or the desk is back."""
        self._untold.discard(agent_id)
        agent = self._control.live.agents.get(agent_id)
        if self.desk_of(agent_id) or (agent and agent.state == "offline"):
            return
        try:
            await self._control.command("desk_gone", agent_id)
            log.info("desk.gone", agent_id=agent_id)
        except (CtiDown, CommandExpired):
            self._untold.add(agent_id)
        except Refused as error:
            log.warning("desk.gone_refused", agent_id=agent_id, code=reply_to(error).code)

    def _replace_same(self, windows: list[Desk], window: Desk) -> None:
        """A reload of the same window comes before the server has missed the old one."""
        for old in [old for old in windows if window.window and old.window == window.window]:
            windows.remove(old)
            old.registered = False
            old.close(4409)

    def _all(self) -> Iterable[Desk]:
        return [window for windows in self._windows.values() for window in windows]


def _error(error: Refused) -> ErrorFrame:
    reply = reply_to(error)
    return ErrorFrame(code=reply.code, text=reply.text)

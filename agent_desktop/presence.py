"""What cti must hear of desks: their phone is there, their microphone is lost, they are gone, they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from agent_desktop.chores import Chores
from agent_desktop.control import Control
from agent_desktop.desk import Desk
from agent_desktop.frames import ErrorFrame, LineFrame
from agent_desktop.live_rows import LiveAgent
from agent_desktop.names import AWAY, DEVICE_FAULT
from agent_desktop.refusals import CommandExpired, CommandRefused, CtiDown, Refused, reply_to
from agent_desktop.resting import Back, Rests, is_away

log = structlog.get_logger()

GRACE = 2.5
"""Seconds in which a desk may come back (reload, network) before cti hears that it is gone."""

TELL_EVERY = 1.0
OURSELVES = "web"

_IN_CALL = "in_call"


class Presence:
    """`desk_of` tells the desk of an agent now, if there is one; `alive` the agents whose pages beat."""

    def __init__(
        self,
        control: Control,
        chores: Chores,
        desk_of: Callable[[str], Desk | None],
        alive: Callable[[], list[str]],
        *,
        grace: float = GRACE,
    ) -> None:
        self._control = control
        self._chores = chores
        self._desk_of = desk_of
        self._alive = alive
        self._grace = grace
        self._going: dict[str, asyncio.TimerHandle] = {}
        self._untold: set[str] = set()
        self._gone: set[str] = set()
        """Agents of whom cti was told, or will be, that their desk is gone."""
        self._rests = Rests()

    async def run(self) -> None:
        """The list of living desks, every second: cti misses who is no longer on it, while the list comes."""
        while True:
            await asyncio.sleep(TELL_EVERY)
            if self._control.is_up:
                await self._tell_alive()

    def line(self, desk: Desk, frame: LineFrame) -> None:
        """The desk's phone line or microphone changed."""
        was, desk.registered, desk.mic = desk.registered, frame.registered, frame.mic
        agent_id = desk.session.agent_id
        if frame.registered:
            work = self._mic(desk) if was else self._sign_on(desk)
            self._chores.start("desk.line", work)
        log.info("desk.line", agent_id=agent_id, registered=frame.registered, mic=frame.mic)

    def saw(self, agent: LiveAgent) -> None:
        """An agent as cti tells of him now, whether his state has changed or not."""
        self._rests.saw(agent)

    def noticed(self, desk: Desk, agent: LiveAgent) -> None:
        """The agent's state changed: a lost microphone counts after wrap-up too, and a desk that lives is not away."""
        if desk.mic == "lost" and agent.state == "ready":
            self._chores.start("desk.mic", self._mic(desk))
        elif is_away(agent) and self._is_here(desk):
            self._chores.start("desk.back", self._come_back(desk))

    def absent(self, agent_id: str, agent: LiveAgent) -> None:
        """The state of an agent without a living desk changed: whatever made him ready, nobody is there."""
        if agent_id in self._gone and agent.state == "ready":
            self._is_gone(agent_id)

    def came(self, agent_id: str) -> None:
        """There is a desk again."""
        self._gone.discard(agent_id)
        if timer := self._going.pop(agent_id, None):
            timer.cancel()

    def went(self, agent_id: str, *, at_once: bool = False) -> None:
        """The desk closed unasked: cti hears it when it stays away, at once when it has been silent long enough."""
        if agent_id in self._going:
            return
        loop = asyncio.get_running_loop()
        self._going[agent_id] = loop.call_later(0 if at_once else self._grace, self._is_gone, agent_id)

    def asleep(self, desk: Desk) -> None:
        """The browser freezes the page: no ring would be heard there."""
        desk.asleep = True
        log.info("desk.asleep", agent_id=desk.session.agent_id)
        self._is_gone(desk.session.agent_id)

    def awake(self, desk: Desk) -> None:
        desk.asleep = False
        self._gone.discard(desk.session.agent_id)
        self.catch_up(desk)

    async def sign_off(self, agent_id: str) -> None:
        """The agent leaves. Raises CommandRefused during a call; cti away hears it later."""
        try:
            await self._control.command("sign_off", agent_id)
        except (CtiDown, CommandExpired):
            self._untold.add(agent_id)
        except CommandRefused as error:
            if error.facts["code"] == _IN_CALL:
                raise
            log.info("desk.sign_off_refused", agent_id=agent_id, code=error.facts["code"])

    def catch_up(self, desk: Desk) -> None:
        """cti or Asterisk is back: bring its view in line with a desk that has a phone."""
        if desk.registered:
            self._chores.start("desk.sign_on", self._sign_on(desk))

    def tell_untold(self) -> None:
        """What cti could not hear while it, or Asterisk, was away."""
        for agent_id in list(self._untold):
            self._chores.start("desk.gone", self._tell_gone(agent_id))

    def end(self) -> None:
        """This process ends; cti keeps the agents as they are."""
        for timer in self._going.values():
            timer.cancel()
        self._going.clear()

    async def _sign_on(self, desk: Desk) -> None:
        agent = self._agent(desk.session.agent_id)
        if agent is None or agent.state == "offline":
            await self._ask(desk, "sign_on", queues=list(desk.session.queues))
        else:
            await self._come_back(desk)
        await self._mic(desk)

    async def _come_back(self, desk: Desk) -> None:
        """Somebody sits there again; who was ready before the desk went is so again, unless a pause was asked for."""
        agent_id = desk.session.agent_id
        await self._ask(desk, "desk_back")
        agent = self._agent(agent_id)
        back = self._rests.back_to(agent_id) if agent and is_away(agent) and self._is_here(desk) else None
        if back and back.kind == "ready" and desk.mic == "lost":
            back = Back(kind="pause", reason=DEVICE_FAULT)
        if back and back.kind == "ready":
            await self._ask(desk, "ready", after=AWAY)
        elif back:
            await self._ask(desk, "pause", reason=back.reason)

    async def _mic(self, desk: Desk) -> None:
        """A ready agent whose microphone is lost gets no calls until it is back."""
        agent = self._agent(desk.session.agent_id)
        if agent is None:
            return
        if desk.mic == "lost" and agent.state == "ready":
            await self._ask(desk, "pause", reason=DEVICE_FAULT)
        elif desk.mic == "ok" and agent.state == "paused" and agent.reason == DEVICE_FAULT:
            await self._ask(desk, "ready", after=DEVICE_FAULT)

    async def _ask(self, desk: Desk, kind: str, **args: object) -> None:
        """A command that the desk itself gives; a refusal is shown, and `catch_up` asks again."""
        try:
            await self._control.command(kind, desk.session.agent_id, **args)
        except CtiDown:
            log.warning("desk.ask_later", kind=kind, agent_id=desk.session.agent_id)
        except Refused as error:
            reply = reply_to(error)
            desk.push(ErrorFrame(code=reply.code, text=reply.text))

    def _is_gone(self, agent_id: str) -> None:
        self._going.pop(agent_id, None)
        self._chores.start("desk.gone", self._tell_gone(agent_id))

    async def _tell_gone(self, agent_id: str) -> None:
        """Tell cti, now or once it is back, unless the agent is signed off or the desk is back."""
        self._untold.discard(agent_id)
        agent, desk = self._agent(agent_id), self._desk_of(agent_id)
        if (desk and not desk.asleep) or (agent and agent.state == "offline"):
            return
        self._gone.add(agent_id)
        try:
            await self._control.command("desk_gone", agent_id)
            log.info("desk.gone", agent_id=agent_id)
        except Refused as error:
            self._untold.add(agent_id)
            log.warning("desk.gone_untold", agent_id=agent_id, code=reply_to(error).code)

    async def _tell_alive(self) -> None:
        """Desks that may still come back are on the list until their grace is over."""
        agents = sorted({*self._alive(), *self._going})
        try:
            await self._control.command("desks_alive", OURSELVES, agents=agents)
        except Refused as error:
            log.debug("desk.alive_untold", code=reply_to(error).code)

    def _agent(self, agent_id: str) -> LiveAgent | None:
        return self._control.live.agents.get(agent_id)

    def _is_here(self, desk: Desk) -> bool:
        agent_id = desk.session.agent_id
        return self._desk_of(agent_id) is desk and desk.registered and not desk.asleep and not desk.is_silent()

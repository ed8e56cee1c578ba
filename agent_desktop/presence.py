"""What cti must hear of desks: their phone is there, their microphone is lost, they are gone, they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

import structlog

from agent_desktop.chores import Chores
from agent_desktop.control import Control
from agent_desktop.desk import Desk
from agent_desktop.frames import ErrorFrame, LineFrame
from agent_desktop.live_rows import LiveAgent
from agent_desktop.names import AWAY, DEVICE_FAULT
from agent_desktop.refusals import CommandExpired, CommandRefused, CtiDown, Refused, reply_to

log = structlog.get_logger()

GRACE = 2.5
"""Seconds in which a desk may come back (reload, network) before cti hears that it is gone."""

BACK_WITHIN = 60.0
"""Who was ready when the desk went and is back so soon is ready again without being asked."""

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
        self._was_ready: dict[str, float] = {}
        self._after_wrap_up: set[str] = set()
        """Desks that went in wrap-up: no call comes then, so a page that is back in time has lost nothing."""

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

    def noticed(self, desk: Desk, agent: LiveAgent) -> None:
        """The agent's state changed: a lost microphone counts after wrap-up too, and a desk that lives is not away."""
        if desk.mic == "lost" and agent.state == "ready":
            self._chores.start("desk.mic", self._mic(desk))
        elif agent.state == "paused" and agent.reason == AWAY and self._is_here(desk):
            self._chores.start("desk.back", self._come_back(desk))

    def absent(self, agent_id: str, agent: LiveAgent) -> None:
        """The state of an agent without a living desk changed: the end of wrap-up makes the absence count."""
        if agent_id in self._after_wrap_up and agent.state != "wrap-up":
            self._is_gone(agent_id)

    def came(self, agent_id: str) -> None:
        """There is a desk again."""
        self._after_wrap_up.discard(agent_id)
        if timer := self._going.pop(agent_id, None):
            timer.cancel()

    def went(self, agent_id: str, *, at_once: bool = False) -> None:
        """The desk closed unasked: cti hears it when it stays away, at once when it has been silent long enough."""
        if agent_id in self._going:
            return
        self._remember(agent_id)
        loop = asyncio.get_running_loop()
        self._going[agent_id] = loop.call_later(0 if at_once else self._grace, self._is_gone, agent_id)

    def asleep(self, desk: Desk) -> None:
        """The browser freezes the page: no ring would be heard there."""
        desk.asleep = True
        log.info("desk.asleep", agent_id=desk.session.agent_id)
        self._remember(desk.session.agent_id)
        self._is_gone(desk.session.agent_id)

    def awake(self, desk: Desk) -> None:
        desk.asleep = False
        self._after_wrap_up.discard(desk.session.agent_id)
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
        """Somebody sits there again; whoever was ready a moment ago is so again."""
        agent_id = desk.session.agent_id
        await self._ask(desk, "desk_back")
        agent, ready_at = self._agent(agent_id), self._was_ready.pop(agent_id, -BACK_WITHIN)
        is_away = agent is not None and agent.state == "paused" and agent.reason == AWAY
        if is_away and desk.mic != "lost" and monotonic() - ready_at < BACK_WITHIN:
            await self._ask(desk, "ready")

    async def _mic(self, desk: Desk) -> None:
        """A ready agent whose microphone is lost gets no calls until it is back."""
        agent = self._agent(desk.session.agent_id)
        if agent is None:
            return
        if desk.mic == "lost" and agent.state == "ready":
            await self._ask(desk, "pause", reason=DEVICE_FAULT)
        elif desk.mic == "ok" and agent.state == "paused" and agent.reason == DEVICE_FAULT:
            await self._ask(desk, "ready")

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
        self._after_wrap_up.discard(agent_id)
        agent, desk = self._agent(agent_id), self._desk_of(agent_id)
        if (desk and not desk.asleep) or (agent and agent.state == "offline"):
            return
        if agent and agent.state == "wrap-up":
            self._after_wrap_up.add(agent_id)
            return
        try:
            await self._control.command("desk_gone", agent_id)
            log.info("desk.gone", agent_id=agent_id)
        except Refused as error:
            self._untold.add(agent_id)
            log.warning("desk.gone_untold", agent_id=agent_id, code=reply_to(error).code)

    async def _tell_alive(self) -> None:
        """Desks that may still come back are on the list until their grace is over."""
        agents = sorted({*self._alive(), *self._going, *self._after_wrap_up})
        try:
            await self._control.command("desks_alive", OURSELVES, agents=agents)
        except Refused as error:
            log.debug("desk.alive_untold", code=reply_to(error).code)

    def _agent(self, agent_id: str) -> LiveAgent | None:
        return self._control.live.agents.get(agent_id)

    def _is_here(self, desk: Desk) -> bool:
        return desk.session.agent_id in self._was_ready and desk.registered and not desk.asleep and not desk.is_silent()

    def _remember(self, agent_id: str) -> None:
        agent = self._agent(agent_id)
        if agent is not None and agent.state == "ready":
            self._was_ready[agent_id] = monotonic()

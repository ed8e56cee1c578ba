"""What cti must hear of desks: their phone is there, their microphone is lost, they are gone, they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from agent_desktop.chores import Chores
from agent_desktop.control import Control
from agent_desktop.desk import Desk
from agent_desktop.frames import ErrorFrame, LineFrame
from agent_desktop.names import DEVICE_FAULT
from agent_desktop.refusals import CommandExpired, CommandRefused, CtiDown, Refused, reply_to

log = structlog.get_logger()

GRACE = 10.0
"""Seconds in which a desk may come back (reload, network) before cti hears that it is gone."""

_IN_CALL = "in_call"


class Presence:
    """`desk_of` tells the desk of an agent now, if there is one."""

    def __init__(
        self, control: Control, chores: Chores, desk_of: Callable[[str], Desk | None], *, grace: float = GRACE
    ) -> None:
        self._control = control
        self._chores = chores
        self._desk_of = desk_of
        self._grace = grace
        self._going: dict[str, asyncio.TimerHandle] = {}
        self._untold: set[str] = set()

    def line(self, desk: Desk, frame: LineFrame) -> None:
        """The desk's phone line or microphone changed."""
        was, desk.registered, desk.mic = desk.registered, frame.registered, frame.mic
        agent_id = desk.session.agent_id
        if frame.registered:
            work = self._mic(desk) if was else self._sign_on(desk)
            self._chores.start("desk.line", work)
        log.info("desk.line", agent_id=agent_id, registered=frame.registered, mic=frame.mic)

    def came(self, agent_id: str) -> None:
        """There is a desk again."""
        if timer := self._going.pop(agent_id, None):
            timer.cancel()

    def went(self, agent_id: str) -> None:
        """The desk closed unasked: cti hears it when it stays away."""
        if agent_id not in self._going:
            loop = asyncio.get_running_loop()
            self._going[agent_id] = loop.call_later(self._grace, self._is_gone, agent_id)

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
        agent = self._control.live.agents.get(desk.session.agent_id)
        if agent is None or agent.state == "offline":
            await self._ask(desk, "sign_on", queues=list(desk.session.queues))
        else:
            await self._ask(desk, "desk_back")
        await self._mic(desk)

    async def _mic(self, desk: Desk) -> None:
        """A ready agent whose microphone is lost gets no calls until it is back."""
        agent = self._control.live.agents.get(desk.session.agent_id)
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
        agent = self._control.live.agents.get(agent_id)
        if self._desk_of(agent_id) or (agent and agent.state == "offline"):
            return
        try:
            await self._control.command("desk_gone", agent_id)
            log.info("desk.gone", agent_id=agent_id)
        except Refused as error:
            self._untold.add(agent_id)
            log.warning("desk.gone_untold", agent_id=agent_id, code=reply_to(error).code)

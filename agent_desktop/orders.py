"""What windows ask for, carried out: rights checked, the call found, supervisors' acts audited, then cti asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from agent_desktop import callback_orders
from agent_desktop.chores import Chores
from agent_desktop.commands import AS_SENT, About, about
from agent_desktop.control import Control
from agent_desktop.frames import CommandFrame, ReplyFrame
from agent_desktop.names import FORCED, UNSAID
from agent_desktop.ports import Audit, Callbacks, DatabaseAway, Dialling, NotFound
from agent_desktop.refusals import BadFrame, CommandRefused, CtiDown, Forbidden, NotYourCall, Refused, reply_to
from agent_desktop.window import Window

log = structlog.get_logger()

AUDITED: Mapping[str, str] = {
    "listen": "listened",
    "whisper": "whispered",
    "barge": "barged",
    "take_over": "took_over",
    "force": "agent_forced",
    "message": "agent_messaged",
}
HEARD_FIRST = frozenset({"listen", "whisper", "barge"})
"""Nobody is listened to without a trace: the row is written before, or it does not happen."""

_AUDIT_LIMIT = 2.5
_AUDIT_AGAIN = 5.0


class Orders:
    def __init__(
        self, control: Control, chores: Chores, *, audit: Audit, callbacks: Callbacks, dialling: Dialling
    ) -> None:
        self._control = control
        self._chores = chores
        self._audit = audit
        self._callbacks = callbacks
        self._dialling = dialling

    async def carry_out(self, window: Window, frame: CommandFrame) -> ReplyFrame:
        """Carry out one command of this window's agent and say how it went."""
        try:
            await self._give(window, frame)
        except (Refused, DatabaseAway, NotFound) as error:
            reply = reply_to(error)
            return ReplyFrame(id=frame.id, ok=False, code=reply.code, text=reply.text)
        return ReplyFrame(id=frame.id, ok=True)

    async def _give(self, window: Window, frame: CommandFrame) -> None:
        match about(frame.kind):
            case About.SEAT:
                await self._supervise(window, frame)
            case About.WEB:
                await self._dial(window, frame)
            case About.CALL:
                call_id = self._call_at(window, frame)
                await self._ask(window, frame, {"call_id": call_id})
            case About.AGENT:
                await self._ask(window, frame, _reason_unsaid(frame, "pause", UNSAID))

    async def _ask(self, window: Window, frame: CommandFrame, more: Mapping[str, object]) -> None:
        args = {AS_SENT.get(name, name): value for name, value in frame.args.items()}
        await self._control.command(frame.kind, window.session.agent_id, **{**args, **more})

    def _call_at(self, window: Window, frame: CommandFrame) -> str:
        """The call that is at this agent's desk; to come back to, the one that was."""
        if not self._control.is_up:
            raise CtiDown
        live, agent_id = self._control.live, window.session.agent_id
        if frame.kind == "solved" and "call_id" in frame.args:
            return str(frame.args["call_id"])  # said until the case is saved: cti knows who had asked
        call = live.left_call_of(agent_id) if frame.kind == "rejoin" else live.call_of(agent_id)
        if call is None or frame.args.get("call_id", call.id) != call.id:
            raise NotYourCall
        return call.id

    # Supervisors

    async def _supervise(self, window: Window, frame: CommandFrame) -> None:
        session = window.session
        if "supervisor" not in session.roles:
            raise Forbidden
        if not self._control.is_up:
            raise CtiDown
        subject = str(frame.args.get("agent") or frame.args.get("call_id") or "")
        act = AUDITED.get(frame.kind)
        if act and frame.kind in HEARD_FIRST:
            await self._note_now(session.agent_id, act, subject, window.address)
        await self._ask(window, frame, {"roles": sorted(session.roles), **_reason_unsaid(frame, "force", FORCED)})
        if act and frame.kind not in HEARD_FIRST:
            self._chores.start("audit.note", self._note(session.agent_id, act, subject, window.address))

    async def _note_now(self, actor: str, act: str, subject: str, address: str) -> None:
        """Raises DatabaseAway soon: the supervisor waits for it."""
        try:
            async with asyncio.timeout(_AUDIT_LIMIT):
                await self._audit.note(actor, act, subject, address)
        except TimeoutError:
            raise DatabaseAway("audit") from None

    async def _note(self, actor: str, act: str, subject: str, address: str) -> None:
        """Written as soon as PostgreSQL is there."""
        while True:
            try:
                return await self._audit.note(actor, act, subject, address)
            except DatabaseAway:
                log.warning("audit.waits", act=act, actor=actor)
                await asyncio.sleep(_AUDIT_AGAIN)

    # Outgoing calls

    async def _dial(self, window: Window, frame: CommandFrame) -> None:
        """The number is looked up here; cti is given it in clear and makes the call."""
        agent_id, args = window.session.agent_id, frame.args
        if frame.kind == "callback_done":
            await callback_orders.done(self._callbacks, str(args["callback_id"]), agent_id, str(args["outcome"]))
        elif frame.kind == "callback_take":
            await callback_orders.take(self._callbacks, self._control, window, str(args["callback_id"]))
        elif "case_id" in args and "number" not in args:
            case_id = str(args["case_id"])
            number = await self._dialling.number_of_case(case_id, agent_id, window.address)
            if not number:
                raise CommandRefused(code="no_number", text="这件工单没有可以拨打的号码。")
            await self._control.command("dial", agent_id, number=number, case_id=case_id)
        elif "number" in args and "case_id" not in args:
            await self._control.command("dial", agent_id, number=args["number"])
        else:
            raise BadFrame(what="number")


def _reason_unsaid(frame: CommandFrame, kind: str, reason: str) -> Mapping[str, object]:
    """The reason of a pause that came without one: every pause has a reason."""
    is_pause = frame.kind == kind and frame.args.get("state", "paused") == "paused"
    return {"reason": reason} if is_pause and "reason" not in frame.args else {}

"""The live socket: who may open it, every message checked, one writer, one reader, both with limits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from agent_desktop.access import is_current, same_origin, session_of
from agent_desktop.desk import Desk
from agent_desktop.frames import (
    LONGEST_FRAME,
    BeatFrame,
    ClientFrame,
    CommandFrame,
    ErrorFrame,
    LineFrame,
    TakeOverFrame,
    parse,
)
from agent_desktop.keys import AROUND, CHORES, DESKS
from agent_desktop.pace import Pace
from agent_desktop.refusals import BadFrame, Forbidden, Refused, reply_to
from agent_desktop.security import set_headers

log = structlog.get_logger()

SILENCE = 15.0
"""Seconds without any frame after which a page counts as dead: its worker beats every 5 s."""

_SEND_LIMIT = 5.0
_LONGEST_WINDOW = 64


async def handle(request: web.Request) -> web.StreamResponse:
    """One window's socket. A page of another origin is refused before the handshake."""
    if not same_origin(request, required=True):
        raise Forbidden
    desk = Desk(session_of(request), _window(request), request.app[AROUND])
    request.app[DESKS].join(desk)
    socket = web.WebSocketResponse(max_msg_size=4 * LONGEST_FRAME, compress=False, timeout=1.0)
    set_headers(request, socket)
    try:
        await socket.prepare(request)
        await _serve(request.app, socket, desk)
    finally:
        request.app[DESKS].leave(desk)
    return socket


async def _serve(app: web.Application, socket: web.WebSocketResponse, desk: Desk) -> None:
    """Read and write until either ends; the close code says why. Each message looks at the session again."""
    async with asyncio.TaskGroup() as tasks:
        writer = tasks.create_task(_write(socket, desk))
        reader = tasks.create_task(_read(app, socket, desk))
        await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        writer.cancel()
        reader.cancel()
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(_SEND_LIMIT):
            await socket.close(code=desk.close_code or WSCloseCode.OK)


async def _write(socket: web.WebSocketResponse, desk: Desk) -> None:
    with suppress(ConnectionError, TimeoutError):
        while True:
            for text in await desk.next_texts():
                async with asyncio.timeout(_SEND_LIMIT):
                    await socket.send_str(text)
            if desk.close_code is not None:
                return


async def _read(app: web.Application, socket: web.WebSocketResponse, desk: Desk) -> None:
    pace = Pace(per_second=20, at_once=60)
    while True:
        try:
            async with asyncio.timeout(SILENCE):
                message = await socket.receive()
        except TimeoutError:
            desk.close(4408)
            return
        if message.type is not WSMsgType.TEXT:
            return
        desk.heard_at = monotonic()
        if not pace.allows():
            desk.close(4429)
            return
        if not is_current(app, desk.session):
            desk.close(4401)
            return
        _take(app, desk, message.data)


def _take(app: web.Application, desk: Desk, text: str) -> None:
    try:
        _act(app, desk, parse(text))
    except BadFrame as error:
        _push_error(desk, error)


def _act(app: web.Application, desk: Desk, frame: ClientFrame) -> None:
    desks = app[DESKS]
    match frame:
        case CommandFrame():
            app[CHORES].start("desk.command", _command(app, desk, frame))
        case LineFrame():
            desks.line(desk, frame)
        case TakeOverFrame():
            desks.take_over(desk)
        case BeatFrame():
            pass


async def _command(app: web.Application, desk: Desk, frame: CommandFrame) -> None:
    """Beside the reader, so that a slow answer from cti does not stop the page's beats."""
    desk.push(await app[DESKS].command(desk, frame))


def _push_error(desk: Desk, error: Refused) -> None:
    reply = reply_to(error)
    desk.push(ErrorFrame(code=reply.code, text=reply.text))


def _window(request: web.Request) -> str:
    window = request.query.get("window", "")
    return window if len(window) <= _LONGEST_WINDOW and window.replace("-", "").isalnum() else ""

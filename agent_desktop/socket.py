"""The live socket: who may open it, every message checked, one writer, one reader, both with limits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from agent_desktop.access import is_current, same_origin, session_of
from agent_desktop.board import BoardWindow
from agent_desktop.desk import Desk
from agent_desktop.frames import (
    LONGEST_FRAME,
    AsleepFrame,
    BeatFrame,
    ClientFrame,
    CommandFrame,
    ErrorFrame,
    LineFrame,
    TakeOverFrame,
    parse,
)
from agent_desktop.keys import AROUND, BOARDS, CHORES, DESKS, ORDERS
from agent_desktop.pace import Pace
from agent_desktop.refusals import BadFrame, Forbidden, reply_to
from agent_desktop.security import set_headers
from agent_desktop.window import Window

log = structlog.get_logger()

SILENCE = 2.6
"""Seconds without any frame after which a page counts as dead: its worker beats once a second, and a desk that
nobody hears must get no call after 3 s."""

_LATE_LOOP = 0.3
"""A busy server wakes late, and the page's frames lie there unread: they are looked at once more."""

_SEND_LIMIT = 5.0
_LONGEST_WINDOW = 64


async def handle(request: web.Request) -> web.StreamResponse:
    """One window's socket. A page of another origin is refused before the handshake."""
    _check_origin(request)
    desk = Desk(session_of(request), _window(request), request.app[AROUND], address=request.remote or "")
    request.app[DESKS].join(desk)
    try:
        return await _serve(request, desk)
    finally:
        request.app[DESKS].leave(desk)


async def handle_board(request: web.Request) -> web.StreamResponse:
    """A supervisor's board."""
    _check_origin(request)
    boards = request.app[BOARDS]
    window = BoardWindow(session_of(request), boards, address=request.remote or "")
    boards.join(window)
    try:
        return await _serve(request, window)
    finally:
        boards.leave(window)


def _check_origin(request: web.Request) -> None:
    if not same_origin(request, required=True):
        raise Forbidden


async def _serve(request: web.Request, window: Window) -> web.WebSocketResponse:
    """Read and write until either ends; the close code says why. Each message looks at the session again."""
    socket = web.WebSocketResponse(max_msg_size=4 * LONGEST_FRAME, compress=False, timeout=1.0)
    set_headers(request, socket)
    await socket.prepare(request)
    async with asyncio.TaskGroup() as tasks:
        writer = tasks.create_task(_write(socket, window))
        reader = tasks.create_task(_read(request.app, socket, window))
        await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        writer.cancel()
        reader.cancel()
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(_SEND_LIMIT):
            await socket.close(code=window.close_code or WSCloseCode.OK)
    return socket


async def _write(socket: web.WebSocketResponse, window: Window) -> None:
    with suppress(ConnectionError, TimeoutError):
        while True:
            for text in await window.next_texts():
                async with asyncio.timeout(_SEND_LIMIT):
                    await socket.send_str(text)
            if window.close_code is not None:
                return


async def _read(app: web.Application, socket: web.WebSocketResponse, window: Window) -> None:
    pace = Pace(per_second=20, at_once=60)
    while True:
        message = await _next(socket)
        if message is None:
            window.close(4408)
            return
        if message.type is not WSMsgType.TEXT:
            return
        window.heard_at = monotonic()
        if not pace.allows():
            window.close(4429)
            return
        if not is_current(app, window.session):
            window.close(4401)
            return
        _take(app, window, message.data)


async def _next(socket: web.WebSocketResponse) -> WSMessage | None:
    """The next message, or None from a page that is silent."""
    for seconds in (SILENCE, _LATE_LOOP):
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await socket.receive()
    return None


def _take(app: web.Application, window: Window, text: str) -> None:
    try:
        frame = parse(text)
    except BadFrame as error:
        reply = reply_to(error)
        window.push(ErrorFrame(code=reply.code, text=reply.text))
        return
    if isinstance(window, Desk):
        _act(app, window, frame)
    elif isinstance(frame, CommandFrame):
        app[CHORES].start("board.command", _order(app, window, frame))


def _act(app: web.Application, desk: Desk, frame: ClientFrame) -> None:
    desks = app[DESKS]
    if not isinstance(frame, AsleepFrame):
        desks.heard(desk)
    match frame:
        case CommandFrame():
            app[CHORES].start("desk.command", _command(app, desk, frame))
        case LineFrame():
            desks.line(desk, frame)
        case TakeOverFrame():
            desks.take_over(desk)
        case AsleepFrame():
            desks.asleep(desk)
        case BeatFrame():
            pass


async def _command(app: web.Application, desk: Desk, frame: CommandFrame) -> None:
    """Beside the reader, so that a slow answer from cti does not stop the page's beats."""
    desk.push(await app[DESKS].command(desk, frame))


async def _order(app: web.Application, window: Window, frame: CommandFrame) -> None:
    window.push(await app[ORDERS].carry_out(window, frame))


def _window(request: web.Request) -> str:
    window = request.query.get("window", "")
    return window if len(window) <= _LONGEST_WINDOW and window.replace("-", "").isalnum() else ""

"""The supervisors' board as a page of its own, for a big screen."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.keys import SESSIONS
from agent_desktop.pages import page


async def show(request: web.Request) -> web.StreamResponse:
    session = session_of(request)
    agent = {"id": session.agent_id, "name": session.name}
    return page(request, "board.html", agent=agent, csrf=request.app[SESSIONS].csrf(session))

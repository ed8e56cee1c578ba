"""The shell of the desk: one page that stays loaded as long as the agent works."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.desk_views import queue_ids
from agent_desktop.keys import SESSIONS
from agent_desktop.names import queue_name
from agent_desktop.pages import page


async def show(request: web.Request) -> web.StreamResponse:
    session = session_of(request)
    agent = {
        "id": session.agent_id,
        "name": session.name,
        "roles": sorted(session.roles),
        "extension": session.extension,
        "queues": [{"id": queue, "name": queue_name(queue)} for queue in queue_ids(session.queues)],
    }
    token, is_supervisor = request.app[SESSIONS].csrf(session), "supervisor" in session.roles
    return page(request, "desk.html", agent=agent, csrf=token, is_supervisor=is_supervisor)

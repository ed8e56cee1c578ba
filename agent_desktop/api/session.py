"""Log-in and session for scripts: an expired session is renewed in place, under the running call."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from agent_desktop.access import same_origin, session_of
from agent_desktop.api.reading import json_object, text_field
from agent_desktop.instants import iso
from agent_desktop.keys import SESSIONS
from agent_desktop.login import give_session, log_in
from agent_desktop.refusals import BadToken
from agent_desktop.sessions import Session


async def show(request: web.Request) -> web.StreamResponse:
    return web.json_response(_session(request, session_of(request)))


async def log_in_again(request: web.Request) -> web.StreamResponse:
    """POST {agent, password}. A page of another site is refused by Origin and by content type."""
    if not same_origin(request, required=True):
        raise BadToken
    given = await json_object(request)
    session = await log_in(request, text_field(given, "agent").strip(), text_field(given, "password"))
    response = web.json_response(_session(request, session))
    give_session(request, response, session)
    return response


def _session(request: web.Request, session: Session) -> dict[str, object]:
    return {
        "agent": {"id": session.agent_id, "name": session.name, "roles": sorted(session.roles)},
        "csrf": request.app[SESSIONS].csrf(session),
        "expires_at": iso(datetime.fromtimestamp(session.expires_at, UTC)),
    }

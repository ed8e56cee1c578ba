"""What the browser's phone needs to register: handed out to a logged-in desk, never in a page."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.keys import CONFIG


async def give(request: web.Request) -> web.StreamResponse:
    session, phone = session_of(request), request.app[CONFIG].phone
    return web.json_response(
        {
            "sip_user": session.extension,
            "sip_password": phone.password(session.agent_id, session.sip_generation),
            "sip_domain": phone.domain,
            "ws_url": phone.secure_url if request.secure else phone.loopback_url,
            "display_name": session.name,
            "ice_gathering_ms": phone.ice_gathering_ms,
        }
    )

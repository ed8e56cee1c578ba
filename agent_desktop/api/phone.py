"""What the browser's phone needs to register: handed out to a logged-in desk, never in a page."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.keys import CONFIG
from agent_desktop.refusals import LoginNeeded


async def give(request: web.Request) -> web.StreamResponse:
    session, config = session_of(request), request.app[CONFIG]
    agent, phone = config.agents.find(session.agent_id), config.phone
    if agent is None:
        raise LoginNeeded
    return web.json_response(
        {
            "sip_user": agent.extension,
            "sip_password": phone.password(agent.id, agent.sip_generation),
            "sip_domain": phone.domain,
            "ws_url": phone.secure_url if request.secure else phone.loopback_url,
            "display_name": agent.name,
            "ice_gathering_ms": phone.ice_gathering_ms,
            "ice_servers": list(phone.ice_servers(agent.id)),
        }
    )

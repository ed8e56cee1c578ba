"""The state of the parts that the desk depends on."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.instants import iso
from agent_desktop.keys import AROUND, CASES


async def show(request: web.Request) -> web.StreamResponse:
    system = request.app[AROUND].system()
    return web.json_response(
        {
            "cti": system.cti,
            "database": system.database,
            "test_mode": system.test_mode,
            "release": system.release,
            "server_time": iso(system.server_time),
            "pending_cases": await request.app[CASES].pending_count(),
        }
    )

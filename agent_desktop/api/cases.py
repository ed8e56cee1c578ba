"""Saving a case over HTTP."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.api.reading import json_object
from agent_desktop.keys import CASES


async def save(request: web.Request) -> web.StreamResponse:
    """201 with the new case; 200 when this idempotency key was saved before."""
    given = await json_object(request)
    saved = await request.app[CASES].save(session_of(request), given)
    told = {"case_id": saved.case_id, "number": saved.number, "sync": saved.sync}
    return web.json_response(told, status=200 if saved.repeated else 201)

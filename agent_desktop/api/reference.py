"""The lists that the case form and the pause menu choose from."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.keys import CONFIG
from cases.case import Kind, Urgency
from cases.classify import seed_reference
from cases.form import choices


async def show(request: web.Request) -> web.StreamResponse:
    reference = seed_reference()
    return web.json_response(
        {
            "classes": [
                {"code": leaf.code, "name": leaf.name, "path": list(leaf.path), "initials": leaf.initials}
                for leaf in reference.classes.values()
            ],
            "districts": [{"code": d.code, "name": d.name} for d in reference.districts.values()],
            "kinds": choices(Kind),
            "urgencies": choices(Urgency),
            "pause_reasons": [{"code": reason, "name": reason} for reason in request.app[CONFIG].pause_reasons],
        }
    )

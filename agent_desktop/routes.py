"""Every route of the desk and who may use it: the whole surface in one table."""

from __future__ import annotations

from aiohttp import web

from agent_desktop import socket
from agent_desktop.access import ROUTES, Allow, Route
from agent_desktop.api import cases, directory, drafts, emergencies, lanes, phone, reference, session, system
from agent_desktop.views import board, callbacks, desk, files, lists, login

ALL = (
    Route(method="GET", path="/healthz", handler=files.health, allow=Allow.ANYONE),
    Route(method="GET", path="/static/{name:.+}", handler=files.static, allow=Allow.ANYONE),
    Route(method="GET", path="/login", handler=login.show, allow=Allow.ANYONE),
    Route(method="POST", path="/login", handler=login.submit, allow=Allow.ANYONE),
    Route(method="POST", path="/api/login", handler=session.log_in_again, allow=Allow.ANYONE),
    Route(method="POST", path="/logout", handler=login.leave, allow=Allow.LOGGED_IN, own_token=True),
    Route(method="GET", path="/", handler=login.front, allow=Allow.LOGGED_IN),
    Route(method="GET", path="/desk", handler=desk.show, allow=Allow.AGENTS),
    Route(method="GET", path="/desk/calls", handler=lists.calls, allow=Allow.AGENTS),
    Route(method="GET", path="/desk/cases", handler=lists.cases, allow=Allow.AGENTS),
    Route(method="GET", path="/desk/callbacks", handler=callbacks.show, allow=Allow.AGENTS),
    Route(method="GET", path="/board", handler=board.show, allow=Allow.SUPERVISORS),
    Route(method="GET", path="/ws", handler=socket.handle, allow=Allow.AGENTS),
    Route(method="GET", path="/ws/board", handler=socket.handle_board, allow=Allow.SUPERVISORS),
    Route(method="GET", path="/api/session", handler=session.show, allow=Allow.LOGGED_IN),
    Route(method="GET", path="/api/system", handler=system.show, allow=Allow.LOGGED_IN),
    Route(method="GET", path="/api/reference", handler=reference.show, allow=Allow.AGENTS),
    Route(method="GET", path="/api/directory", handler=directory.show, allow=Allow.AGENTS),
    Route(method="GET", path="/api/targets", handler=directory.targets, allow=Allow.AGENTS),
    Route(method="POST", path="/api/phone", handler=phone.give, allow=Allow.AGENTS),
    Route(method="GET", path="/api/drafts/{call_id}", handler=drafts.read, allow=Allow.AGENTS),
    Route(method="PUT", path="/api/drafts/{call_id}", handler=drafts.save, allow=Allow.AGENTS),
    Route(method="POST", path="/api/cases", handler=cases.save, allow=Allow.AGENTS),
    Route(method="GET", path="/api/emergencies", handler=emergencies.listed, allow=Allow.EMERGENCIES),
    Route(method="GET", path="/api/emergencies/{emergency_id}", handler=emergencies.show, allow=Allow.EMERGENCIES),
    Route(method="GET", path="/api/calls/{call_id}/lanes", handler=lanes.show, allow=Allow.LISTENERS),
    Route(method="GET", path="/recordings/call/{call_id}", handler=files.call_recording, allow=Allow.LISTENERS),
    Route(method="GET", path="/recordings/{recording_id}", handler=files.recording, allow=Allow.LISTENERS),
)


def add_to(app: web.Application) -> None:
    table: dict[tuple[str, str], Route] = {}
    for route in ALL:
        added = app.router.add_route(route.method, route.path, route.handler)
        resource = added.resource
        table[route.method, resource.canonical if resource else route.path] = route
    app[ROUTES] = table

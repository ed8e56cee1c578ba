"""Who may ask for what: every route says so in one table, and what is not in it is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum

from aiohttp import web

from agent_desktop.keys import CONFIG, SESSIONS
from agent_desktop.refusals import BadToken, Forbidden, LoginNeeded, WrongHost
from agent_desktop.sessions import Session

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SESSION = web.RequestKey("session", Session)
SAFE_METHODS = frozenset({"GET", "HEAD"})
TOKEN_HEADER = "X-CSRF"  # noqa: S105 the name of a header, not a secret


class Allow(Enum):
    """Who may use a route."""

    ANYONE = "anyone"
    LOGGED_IN = "logged in"
    AGENTS = "agents"
    SUPERVISORS = "supervisors"
    LISTENERS = "those who may hear a recording"
    EMERGENCIES = "those who may read an emergency's record"


ROLES_OF = {
    Allow.AGENTS: frozenset({"agent", "supervisor"}),
    Allow.SUPERVISORS: frozenset({"supervisor"}),
    Allow.LISTENERS: frozenset({"agent", "supervisor"}),
    Allow.EMERGENCIES: frozenset({"agent", "supervisor", "linkage"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of the table. `own_token`: the handler checks the CSRF token itself (log-in, forms)."""

    method: str
    path: str
    handler: Handler
    allow: Allow
    own_token: bool = False


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Host, session, role, token: in this order, before any handler runs."""
    if request.match_info.http_exception is not None:
        return await handler(request)
    route = request.app[ROUTES].get((request.method, _path(request)))
    if route is None:
        raise Forbidden
    check_host(request)
    if route.allow is not Allow.ANYONE:
        session = session_of(request)
        _check_role(session, route.allow)
        if request.method not in SAFE_METHODS and not route.own_token:
            check_token(request, session, request.headers.get(TOKEN_HEADER, ""))
    return await handler(request)


def session_of(request: web.Request) -> Session:
    """The session of a request. Raises LoginNeeded."""
    session = find_session(request)
    if session is None:
        raise LoginNeeded
    return session


def find_session(request: web.Request) -> Session | None:
    """The session in the cookie, if it is whole and alive, with roles and queues as the directory has them."""
    if SESSION in request:
        return request[SESSION]
    session = request.app[SESSIONS].read(request.cookies.get(cookie_name(request), ""))
    agent = request.app[CONFIG].agents.find(session.agent_id) if session else None
    if session is None or agent is None:
        return None
    request[SESSION] = replace(session, name=agent.name, roles=agent.roles, queues=agent.queues)
    return request[SESSION]


def is_current(app: web.Application, session: Session) -> bool:
    """False once the session is over or its agent was removed or disabled."""
    return app[SESSIONS].is_alive(session) and app[CONFIG].agents.find(session.agent_id) is not None


def check_token(request: web.Request, session: Session, token: str) -> None:
    if not request.app[SESSIONS].is_csrf(session, token) or not same_origin(request):
        raise BadToken


def check_host(request: web.Request) -> None:
    """Only our own names: another name that resolves here is DNS rebinding."""
    if request.path != "/healthz" and request.host.rpartition(":")[0] not in request.app[CONFIG].host_names:
        raise WrongHost


def same_origin(request: web.Request, *, required: bool = False) -> bool:
    """Whether the page that asks is ours. Browsers send Origin with every POST and WebSocket."""
    origin = request.headers.get("Origin")
    if origin is None:
        return not required
    return origin == f"{request.scheme}://{request.host}"


def cookie_name(request: web.Request) -> str:
    """A name per scheme and port: browsers share cookies among all ports of one host."""
    prefix = "__Host-" if request.secure else ""
    port = request.host.rpartition(":")[2]
    return f"{prefix}hotline-{port if port.isdigit() else 'default'}"


def _check_role(session: Session, allow: Allow) -> None:
    roles = ROLES_OF.get(allow)
    if roles is not None and not roles & session.roles:
        raise Forbidden


def _path(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


ROUTES: web.AppKey[dict[tuple[str, str], Route]] = web.AppKey("routes", dict)

"""Logging in: limits first, then the password, then a session of its own."""

from __future__ import annotations

import structlog
from aiohttp import web

from agent_desktop.access import cookie_name, find_session
from agent_desktop.keys import CHORES, CONFIG, LIMITS, SESSIONS
from agent_desktop.ports import DatabaseAway
from agent_desktop.refusals import WrongPassword
from agent_desktop.sessions import Session

log = structlog.get_logger()

_LONGEST_PASSWORD = 1024


async def log_in(request: web.Request, agent_id: str, password: str) -> Session:
    """A new session for the right password. Raises TooManyTries, WrongPassword, DatabaseAway."""
    address = request.remote or ""
    limits = request.app[LIMITS]
    if len(agent_id) > 32 or len(password) > _LONGEST_PASSWORD:
        raise WrongPassword
    limits.begin(agent_id, address)
    try:
        agent = await request.app[CONFIG].agents.authenticate(agent_id, password)
    except DatabaseAway:
        limits.void(agent_id, address)
        raise
    if agent is None:
        log.info("login.refused", address=address)
        note(request, agent_id if agent_id.isalnum() else "?", "login_refused")
        raise WrongPassword
    limits.forgive(agent_id, address)
    log.info("login.done", agent_id=agent_id, address=address)
    note(request, agent_id, "logged_in")
    return request.app[SESSIONS].start(agent)


def note(request: web.Request, agent_id: str, act: str) -> None:
    """An audit row, written beside the answer: neither coming nor going waits for it."""
    written = request.app[CONFIG].audit.note(agent_id, act, agent_id, request.remote or "")
    request.app[CHORES].start("login.audit", written)


def give_session(request: web.Request, response: web.StreamResponse, session: Session) -> None:
    """Put the new session into the browser; the one it had before is over."""
    sessions = request.app[SESSIONS]
    if (old := find_session(request)) is not None:
        sessions.end(old)
    set_cookie(request, response, cookie_name(request), sessions.cookie(session))


def take_session(request: web.Request, response: web.StreamResponse) -> None:
    set_cookie(request, response, cookie_name(request), "", max_age=0)


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, *, max_age: int | None = None
) -> None:
    """Never for scripts, never from another site, never in clear where there is TLS."""
    response.set_cookie(name, value, max_age=max_age, path="/", httponly=True, secure=request.secure, samesite="Strict")

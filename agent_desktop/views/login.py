"""The log-in page and the way out."""

from __future__ import annotations

import secrets

import structlog
from aiohttp import web

from agent_desktop.access import check_token, cookie_name, find_session, same_origin, session_of
from agent_desktop.keys import BOARDS, DESKS, SESSIONS
from agent_desktop.login import give_session, log_in, note, set_cookie, take_session
from agent_desktop.pages import page
from agent_desktop.ports import DatabaseAway
from agent_desktop.refusals import BadToken, TooManyTries, WrongPassword, facts_of, reply_to

log = structlog.get_logger()


async def front(request: web.Request) -> web.StreamResponse:
    return _see_other("/desk")


async def show(request: web.Request) -> web.StreamResponse:
    return _see_other("/desk") if find_session(request) else _form(request)


async def submit(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    agent_id, password, token = (_field(form.get(name)) for name in ("agent", "password", "csrf"))
    try:
        _check_form(request, token)
        session = await log_in(request, agent_id.strip(), password)
    except (BadToken, WrongPassword, TooManyTries, DatabaseAway) as error:
        return _form(request, error, agent_id.strip())
    response = _see_other("/desk")
    give_session(request, response, session)
    set_cookie(request, response, _nonce_name(request), "", max_age=0)
    return response


async def leave(request: web.Request) -> web.StreamResponse:
    """Sign off, then end the session. cti refuses while the agent has a call, and so does this."""
    session = session_of(request)
    form = await request.post()
    check_token(request, session, _field(form.get("csrf")))
    await request.app[DESKS].sign_off(session)
    request.app[SESSIONS].end(session)
    request.app[DESKS].close_session(session.id)
    request.app[BOARDS].close_session(session.id)
    log.info("logout.done", agent_id=session.agent_id)
    note(request, session.agent_id, "logged_out")
    response = _see_other("/login")
    take_session(request, response)
    return response


def _form(request: web.Request, error: Exception | None = None, agent_id: str = "") -> web.Response:
    """The form with a fresh nonce; what went wrong stands in it as words."""
    nonce = secrets.token_urlsafe(18)
    reply = reply_to(error) if error else None
    response = page(
        request,
        "login.html",
        http_status=reply.status if reply else 200,
        csrf=request.app[SESSIONS].login_csrf(nonce),
        error=reply.text if reply else "",
        error_code=reply.code if reply else "",
        agent=agent_id[:32],
        wait_seconds=facts_of(error).get("wait_seconds", 0) if error else 0,
    )
    set_cookie(request, response, _nonce_name(request), nonce)
    return response


def _check_form(request: web.Request, token: str) -> None:
    nonce = request.cookies.get(_nonce_name(request), "")
    if not request.app[SESSIONS].is_login_csrf(nonce, token) or not same_origin(request):
        raise BadToken


def _nonce_name(request: web.Request) -> str:
    return f"{cookie_name(request)}-login"


def _field(value: object) -> str:
    return value if isinstance(value, str) else ""


def _see_other(where: str) -> web.Response:
    return web.Response(status=303, headers={"Location": where})

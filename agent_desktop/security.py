"""Headers on every answer, and the one place where exceptions become answers."""

from __future__ import annotations

import structlog
from aiohttp import web

from agent_desktop.access import Handler
from agent_desktop.keys import CONFIG
from agent_desktop.pages import error_page
from agent_desktop.refusals import LoginNeeded, Reply, facts_of, is_foreseen, reply_to

log = structlog.get_logger()

_SCRIPTED = ("/api/", "/recordings/", "/ws", "/healthz", "/static/")
HTTP_TEXTS = {404: "没有这个页面。", 405: "不支持的操作。", 413: "内容过长。"}


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if not response.prepared:
        set_headers(request, response)
    return response


def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """No inline script or style, no framing, no sniffing, no foreign referrer; HSTS where there is TLS."""
    given = response.headers
    given["Server"] = "hotline"
    given["Content-Security-Policy"] = _policy(request)
    given["X-Content-Type-Options"] = "nosniff"
    given["X-Frame-Options"] = "DENY"
    given["Referrer-Policy"] = "same-origin"
    given["Cross-Origin-Opener-Policy"] = "same-origin"
    given["Cross-Origin-Resource-Policy"] = "same-origin"
    given["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
    given.setdefault("Cache-Control", "no-store")
    if request.secure:
        given["Strict-Transport-Security"] = "max-age=31536000"


def _policy(request: web.Request) -> str:
    own = f"{'wss' if request.secure else 'ws'}://{request.host}"
    phone = request.app[CONFIG].phone
    asterisk = phone.secure_url if request.secure else phone.loopback_url
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "media-src": "'self' blob:",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "connect-src": f"'self' {own} {asterisk}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every exception leaves as words: JSON for scripts, a page for people."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return answer(request, error, http_reply(error.status))
    except Exception as error:
        if not is_foreseen(error):
            log.exception("web.failed", method=request.method, route=_route_name(request))
        return answer(request, error, reply_to(error))


def http_reply(status: int) -> Reply:
    """What aiohttp itself refuses, in our words."""
    text = HTTP_TEXTS.get(status)
    return Reply(status, f"http_{status}", text) if text else Reply(status, "http_other", "请求未被接受。")


def answer(request: web.Request, error: Exception, reply: Reply) -> web.StreamResponse:
    if _is_scripted(request):
        body = {"code": reply.code, "text": reply.text, **facts_of(error)}
        response: web.StreamResponse = web.json_response(body, status=reply.status)
    elif isinstance(error, LoginNeeded):
        response = web.Response(status=303, headers={"Location": "/login"})
    else:
        response = error_page(request, reply)
    if "wait_seconds" in facts_of(error):
        response.headers["Retry-After"] = str(facts_of(error)["wait_seconds"])
    return response


def _is_scripted(request: web.Request) -> bool:
    """Asked by a script, htmx fragments included: it shows the words in place and is never redirected."""
    return request.path.startswith(_SCRIPTED) or "HX-Request" in request.headers


def _route_name(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"

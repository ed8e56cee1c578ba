"""Jinja2 pages: always escaped, nothing undefined passes in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from agent_desktop.keys import CONFIG, PAGES
from agent_desktop.refusals import Reply

log = structlog.get_logger()

TEMPLATES = Path(__file__).parent / "templates"
TITLES = {403: "没有权限", 404: "没有找到", 429: "请稍候", 503: "暂时不可用"}
"""Of the pages of refusals, by their status."""


def environment(centre_name: str, release: str, static: Callable[[str], str]) -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.globals.update(centre_name=centre_name, release=release, static=static)
    return pages


def page(request: web.Request, template: str, *, http_status: int = 200, **given: object) -> web.Response:
    config = request.app[CONFIG]
    text = request.app[PAGES].get_template(template).render(test_mode=config.test_mode(), **given)
    return web.Response(text=text, status=http_status, content_type="text/html")


def error_page(request: web.Request, reply: Reply) -> web.Response:
    """The page for a refusal; in plain words when even the template fails."""
    home = "/login" if reply.status in {401, 421} else "/desk"
    title = TITLES.get(reply.status, "出错了")
    try:
        facts = {"status": reply.status, "title": title, "code": reply.code, "text": reply.text, "home": home}
        facts["title_key"] = reply.status if reply.status in TITLES else "other"
        return page(request, "error.html", http_status=reply.status, **facts)
    except TemplateError:
        log.exception("page.template_failed", template="error.html")
        return web.Response(text=reply.text, status=reply.status)

"""Reading the body of an API request at the door."""

from __future__ import annotations

import json

from aiohttp import web

from agent_desktop.refusals import BadRequest

LONGEST_BODY = 128 * 1024


async def json_object(request: web.Request) -> dict[str, object]:
    """The JSON object in the body. Raises BadRequest; the content type must say JSON, which no
    foreign form can send."""
    if request.content_type != "application/json":
        raise BadRequest(what="Content-Type")
    if (request.content_length or 0) > LONGEST_BODY:
        raise BadRequest(what="length")
    try:
        given = json.loads(await request.text())
    except (ValueError, RecursionError):
        raise BadRequest(what="JSON") from None
    if not isinstance(given, dict):
        raise BadRequest(what="JSON")
    return given


def text_field(given: dict[str, object], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise BadRequest(what=name)
    return value

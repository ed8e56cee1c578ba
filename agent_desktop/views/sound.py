"""Sends a sound that is read piece by piece, whole or the part that a player asks for."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from agent_desktop.ports import Sound

PIECE = 1 << 18


async def send(request: web.Request, sound: Sound, headers: Mapping[str, str]) -> web.StreamResponse:
    """200 with all of it, 206 with the range, 416 for a range that lies beyond its end (RFC 9110 §14)."""
    try:
        asked = request.http_range
        start, end, _ = slice(asked.start, asked.stop).indices(sound.size)
    except ValueError:
        return _beyond(sound)
    is_part = asked.start is not None or asked.stop is not None
    if is_part and start >= end:
        return _beyond(sound)
    response = web.StreamResponse(status=206 if is_part else 200, headers={**headers, "Accept-Ranges": "bytes"})
    if is_part:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{sound.size}"
    response.content_length = end - start
    await response.prepare(request)
    for place in range(start, end, PIECE):
        await response.write(await sound.read(place, min(PIECE, end - place)))
    await response.write_eof()
    return response


def _beyond(sound: Sound) -> web.Response:
    return web.Response(status=416, headers={"Content-Range": f"bytes */{sound.size}"})

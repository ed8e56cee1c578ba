"""Static files, recordings and the health word."""

from __future__ import annotations

from aiohttp import web
from structlog import get_logger

from agent_desktop.access import session_of
from agent_desktop.keys import CONFIG, PLAYS, STATIC
from agent_desktop.ports import NotFound, RecordingFile
from agent_desktop.refusals import BadRequest
from agent_desktop.sessions import Session
from agent_desktop.views import sound
from cases.masking import may_play

RECORDING_ID, CALL_ID = ("recording_id", "-"), ("call_id", "-.")
"""Names in a path, and what may be in them beside letters and digits."""

log = get_logger()


async def health(request: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True, "release": request.app[CONFIG].release})


async def static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    path = request.app[STATIC].find(name)
    if path is None:
        raise NotFound(name)
    is_hashed = request.app[STATIC].is_hashed(name)
    caching = "public, max-age=31536000, immutable" if is_hashed else "no-cache"
    return web.FileResponse(path, headers={"Cache-Control": caching})


async def recording(request: web.Request) -> web.StreamResponse:
    """One recording, whole or in ranges; each play leaves an audit row before the first byte."""
    id_ = named(request, *RECORDING_ID)
    return await _played(request, await request.app[CONFIG].recordings.find(id_), id_)


async def call_recording(request: web.Request) -> web.StreamResponse:
    """All legs of a call as the tracks of one sound, in the order that the header names."""
    id_ = named(request, *CALL_ID)
    return await _played(request, await request.app[CONFIG].recordings.joined(id_), id_)


async def _played(request: web.Request, found: RecordingFile, id_: str) -> web.StreamResponse:
    session, config = session_of(request), request.app[CONFIG]
    if not may_hear(session, found.agents):
        log.warning("recording.refused", agent_id=session.agent_id, call_id=found.call_id)
        raise NotFound
    if request.app[PLAYS].is_new(session.id, id_) or _starts(request):
        await config.audit.note(session.agent_id, "recording_played", id_, request.remote or "")
    headers = {"Content-Type": "audio/wav", "Cache-Control": "private, no-store"}
    return await sound.send(request, found.sound, headers | {"X-Hotline-Tracks": ",".join(found.tracks)})


def named(request: web.Request, what: str, also: str) -> str:
    """An id out of the path. Raises BadRequest for what can be none."""
    id_ = request.match_info[what]
    if len(id_) > 64 or not id_.translate(str.maketrans("", "", also)).isalnum() or not id_.isascii():
        raise BadRequest(what=what)
    return id_


def may_hear(session: Session, agents: frozenset[str]) -> bool:
    return may_play(session.roles, own_call=session.agent_id in agents)


def _starts(request: web.Request) -> bool:
    """Whether this request begins a play: a player then asks for the rest in ranges."""
    return request.headers.get("Range", "bytes=0-").replace(" ", "").startswith("bytes=0-")

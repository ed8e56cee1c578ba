"""Static files, recordings and the health word."""

from __future__ import annotations

from aiohttp import web
from structlog import get_logger

from agent_desktop.access import session_of
from agent_desktop.keys import CONFIG, PLAYS, STATIC
from agent_desktop.ports import NotFound
from agent_desktop.refusals import BadRequest
from agent_desktop.sessions import Session
from cases.masking import may_play

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
    session, config = session_of(request), request.app[CONFIG]
    found = await config.recordings.find(_recording_id(request))
    if not _may_hear(session, found.agents):
        log.warning("recording.refused", agent_id=session.agent_id, call_id=found.call_id)
        raise NotFound
    root = config.recordings_root.resolve()
    path = found.path.resolve()
    if not path.is_relative_to(root) or not path.is_file():
        log.error("recording.missing", call_id=found.call_id)
        raise NotFound
    if request.app[PLAYS].is_new(session.id, _recording_id(request)) or _starts(request):
        address = request.remote or ""
        await config.audit.note(session.agent_id, "recording_played", _recording_id(request), address)
    return web.FileResponse(path, headers={"Content-Type": "audio/wav", "Cache-Control": "private, no-store"})


def _recording_id(request: web.Request) -> str:
    id_ = request.match_info["recording_id"]
    if len(id_) > 64 or not id_.replace("-", "").isalnum() or not id_.isascii():
        raise BadRequest(what="recording_id")
    return id_


def _may_hear(session: Session, agents: frozenset[str]) -> bool:
    return may_play(session.roles, own_call=session.agent_id in agents)


def _starts(request: web.Request) -> bool:
    """Whether this request begins a play: a player then asks for the rest in ranges."""
    return request.headers.get("Range", "bytes=0-").replace(" ", "").startswith("bytes=0-")

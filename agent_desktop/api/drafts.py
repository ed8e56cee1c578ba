"""Drafts of the case form over HTTP: read, and save over a known version."""

from __future__ import annotations

import json
import re

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.api.reading import json_object
from agent_desktop.drafts import KeptDraft
from agent_desktop.instants import iso
from agent_desktop.keys import DRAFTS
from agent_desktop.refusals import BadRequest

LONGEST_DRAFT = 64 * 1024
_CALL_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


async def read(request: web.Request) -> web.StreamResponse:
    """A draft belongs to the agent who writes it: another agent asking for it gets an empty one."""
    kept = await request.app[DRAFTS].read(session_of(request).agent_id, call_id_in(request))
    return web.json_response({**_told(kept), "fields": dict(kept.draft.fields)})


async def save(request: web.Request) -> web.StreamResponse:
    given = await json_object(request)
    version, fields = given.get("version"), given.get("fields")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise BadRequest(what="version")
    if not isinstance(fields, dict) or len(json.dumps(fields)) > LONGEST_DRAFT:
        raise BadRequest(what="fields")
    agent_id = session_of(request).agent_id
    kept = await request.app[DRAFTS].save(agent_id, call_id_in(request), version, fields)
    return web.json_response(_told(kept))


def call_id_in(request: web.Request) -> str:
    call_id = request.match_info["call_id"]
    if not _CALL_ID.fullmatch(call_id):
        raise BadRequest(what="call_id")
    return call_id


def _told(kept: KeptDraft) -> dict[str, object]:
    saved_at = kept.draft.saved_at
    return {
        "version": kept.draft.version,
        "saved_at": iso(saved_at) if saved_at else None,
        "kept": kept.kept,
    }

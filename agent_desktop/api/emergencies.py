"""Records of emergencies for the services' own systems: a list of what changed, and one document each.

Numbers are masked; `?number=clear` shows the one of a single record to whoever may see it. Each read is audited.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web
from structlog import get_logger

from agent_desktop.access import session_of
from agent_desktop.keys import CONFIG
from agent_desktop.ports import NotFound
from agent_desktop.refusals import BadRequest, Forbidden
from agent_desktop.sessions import Session
from cases.emergency import EmergencyRecord, document, stamp
from cases.masking import MAY_READ_EMERGENCIES, may_call_back, may_read_emergency

LOOK_BACK = timedelta(days=1)
FEWEST, USUAL, MOST = 1, 100, 500
LONGEST_ID = 110

log = get_logger()


async def listed(request: web.Request) -> web.StreamResponse:
    """GET ?since=ISO&limit=N: what was pressed, reached or ended since, oldest press first; without, of one day."""
    session, config = session_of(request), request.app[CONFIG]
    since, limit = _since(request), _limit(request)
    own = None if session.roles & MAY_READ_EMERGENCIES else session.agent_id
    found = await config.emergencies.since(since, limit, own)
    if found:
        subject = f"{len(found)} since {stamp(since)}"
        await config.audit.note(session.agent_id, "emergencies_listed", subject, request.remote or "")
    return _answer({"since": stamp(since), "emergencies": [document(record) for record in found]})


async def show(request: web.Request) -> web.StreamResponse:
    """One record; nobody learns of one that is not his whether it exists."""
    session, config = session_of(request), request.app[CONFIG]
    id_ = request.match_info["emergency_id"]
    if len(id_) > LONGEST_ID or not id_.isascii() or not id_.isprintable():
        raise BadRequest(what="emergency_id")
    record = await config.emergencies.find(id_)
    if not may_read_emergency(session.roles, own_press=record.pressed_by == session.agent_id):
        log.warning("emergency.refused", agent_id=session.agent_id, call_id=record.call_id)
        raise NotFound(id_)
    clear = _wants_number(request, session, record)
    act = "number_revealed" if clear else "emergency_shown"
    await config.audit.note(session.agent_id, act, record.id, request.remote or "")
    return _answer(document(record, clear=clear))


def _wants_number(request: web.Request, session: Session, record: EmergencyRecord) -> bool:
    """Raises Forbidden for one who asks and may not."""
    asked = request.query.get("number", "masked")
    if asked not in {"clear", "masked"}:
        raise BadRequest(what="number")
    if asked == "clear" and not may_call_back(session.roles, confidential=record.confidential):
        raise Forbidden
    return asked == "clear"


def _since(request: web.Request) -> datetime:
    """An aware ISO time; a plus sign that a query turned into a space is one again."""
    given = request.query.get("since", "")
    now = datetime.fromtimestamp(request.app[CONFIG].clock(), UTC)
    if not given:
        return now - LOOK_BACK
    try:
        since = datetime.fromisoformat(given.replace(" ", "+"))
        if since.tzinfo is None or since.year < now.year - 100:
            raise ValueError
        return since.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(what="since") from None


def _limit(request: web.Request) -> int:
    given = request.query.get("limit", str(USUAL))
    if not (given.isascii() and given.isdecimal() and len(given) < 6 and FEWEST <= int(given) <= MOST):
        raise BadRequest(what="limit")
    return int(given)


def _answer(told: object) -> web.StreamResponse:
    return web.json_response(told, headers={"Cache-Control": "private, no-store"})

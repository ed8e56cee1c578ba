"""The list of missed calls to be returned: a fragment for the shell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.instants import iso, local, spoken_length
from agent_desktop.keys import CONFIG
from agent_desktop.names import queue_name
from agent_desktop.pages import page
from agent_desktop.ports import Callback, DatabaseAway

LONGEST_LIST = 100
LATE = timedelta(minutes=10)
STAGES = {"menu": "菜单中挂断", "queue": "排队中挂断", "cut": "系统中断"}


async def show(request: web.Request) -> web.StreamResponse:
    session, config = session_of(request), request.app[CONFIG]
    try:
        lines = await config.callbacks.open(LONGEST_LIST)
    except DatabaseAway:
        return page(request, "callbacks.html", rows=[], source="unavailable")
    now = datetime.fromtimestamp(config.clock(), UTC)
    rows = [_row(line, session.agent_id, now) for line in lines]
    return page(request, "callbacks.html", rows=rows, source="database")


def _row(line: Callback, agent_id: str, now: datetime) -> dict[str, object]:
    return {
        "id": line.id,
        "number": line.number,
        "queue_name": queue_name(line.queue),
        "stage": STAGES.get(line.stage, line.stage),
        "missed_at": local(line.missed_at),
        "missed_iso": iso(line.missed_at),
        "waits": spoken_length((now - line.missed_at).total_seconds()),
        "is_late": now - line.missed_at > LATE,
        "times": line.times,
        "attempts": line.attempts,
        "is_mine": line.state == "taken" and line.taken_by == agent_id,
        "taken_by": line.taken_by if line.state == "taken" else "",
    }

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
OUTCOMES = {
    "busy": "占线",
    "unanswered": "无人接听",
    "refused": "对方拒接",
    "dead": "号码不通",
    "cancelled": "未拨完",
    "no_desk": "本机未接起",
    "not_allowed": "号码不在呼出范围",
    "not_tried": "未拨出",
}
STAGES = {"menu": "菜单中挂断", "queue": "排队中挂断", "cut": "系统中断"}


async def show(request: web.Request) -> web.StreamResponse:
    session, config = session_of(request), request.app[CONFIG]
    try:
        lines = await config.callbacks.open(LONGEST_LIST)
        reached = await config.callbacks.reached_by(session.agent_id)
    except DatabaseAway:
        return page(request, "callbacks.html", rows=[], reached=[], source="unavailable")
    now = datetime.fromtimestamp(config.clock(), UTC)
    rows = [_row(line, session.agent_id, now) for line in lines]
    done = [_row(line, session.agent_id, now) for line in reached]
    return page(request, "callbacks.html", rows=rows, reached=done, source="database")


def _row(line: Callback, agent_id: str, now: datetime) -> dict[str, object]:
    return {
        "id": line.id,
        "number": line.number,
        "queue_name": queue_name(line.queue),
        "stage_key": f"stage_{line.stage}",
        "stage": STAGES.get(line.stage, line.stage),
        "missed_at": local(line.missed_at),
        "missed_iso": iso(line.missed_at),
        "waits": spoken_length((now - line.missed_at).total_seconds()),
        "is_late": now - line.missed_at > LATE,
        "times": line.times,
        "attempts": line.attempts,
        "state": line.state,
        "outcome_key": f"tried_{line.last_outcome}",
        "outcome": OUTCOMES.get(line.last_outcome, ""),
        "not_before": local(line.not_before)[-5:] if line.not_before else "",
        "not_before_iso": iso(line.not_before) if line.not_before else "",
        "is_tried_by_me": line.state == "open" and bool(line.last_outcome) and line.tried_by == agent_id,
        "is_mine": line.state == "taken" and line.taken_by == agent_id,
        "taken_by": line.taken_by if line.state == "taken" else "",
    }

"""What a call's recording looks like, for the player: lanes, outlines, pauses, who helped. No sound: that is a play."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.assistance import AssistanceView, assistance_views
from agent_desktop.instants import iso
from agent_desktop.keys import AROUND, CONFIG
from agent_desktop.ports import Lane, LanePause, Lanes, NotFound
from agent_desktop.views.files import CALL_ID, may_hear, named


async def show(request: web.Request) -> web.StreamResponse:
    session, config = session_of(request), request.app[CONFIG]
    lanes = await config.recordings.lanes(named(request, *CALL_ID))
    if not may_hear(session, lanes.agents):
        raise NotFound
    return web.json_response(_told(request, lanes), headers={"Cache-Control": "private, no-store"})


def _told(request: web.Request, lanes: Lanes) -> dict[str, object]:
    return {
        "call_id": lanes.call_id,
        "started_at": iso(lanes.started_at),
        "seconds": round(lanes.seconds, 3),
        "tracks": list(lanes.tracks),
        "lanes": [_lane(request, lane) for lane in lanes.lanes],
        "pauses": [_pause(pause) for pause in lanes.pauses],
        "assistance": [_assistance(each) for each in assistance_views(lanes.assistance, request.app[AROUND].names)],
    }


def _lane(request: web.Request, lane: Lane) -> dict[str, object]:
    return {
        "role": lane.role,
        "party": lane.party,
        "name": _name(request, lane),
        "state": lane.state,
        "fault": lane.fault,
        "begins": round(lane.begins, 3),
        "seconds": round(lane.seconds, 3),
        "track": lane.track,
        "peaks": list(lane.peaks),
    }


def _name(request: web.Request, lane: Lane) -> str:
    """An agent by his name in the directory; a third party as it was shown in the call."""
    known = request.app[CONFIG].agents.find(lane.party) if lane.role in {"agent", "supervisor"} else None
    return known.name if known else lane.name


def _pause(pause: LanePause) -> dict[str, object]:
    return {"reason": pause.reason, "by": pause.by, "begins": round(pause.begins, 3), "ends": round(pause.ends, 3)}


def _assistance(told: AssistanceView) -> dict[str, object]:
    return asdict(told) | {
        "asked_at": iso(told.asked_at) if told.asked_at else None,
        "answered_at": iso(told.answered_at) if told.answered_at else None,
    }

"""Whom a desk may ask or transfer to: the directory with its live state, queues and colleagues."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.control import Control
from agent_desktop.keys import CONFIG, CONTROL
from agent_desktop.names import queue_name
from agent_desktop.ports import AgentRecord, DirectoryEntry


async def show(request: web.Request) -> web.StreamResponse:
    """Entries without their numbers, those on duty first."""
    config, control = request.app[CONFIG], request.app[CONTROL]
    entries = config.directory.entries(datetime.fromtimestamp(config.clock(), UTC))
    return web.json_response([_entry(entry, control) for entry in sorted(entries, key=_order)])


async def targets(request: web.Request) -> web.StreamResponse:
    """Queues and colleagues as transfer targets; departments and centres are in the directory."""
    config, control, session = request.app[CONFIG], request.app[CONTROL], session_of(request)
    colleagues = [record for record in config.agents.working() if record.id != session.agent_id]
    return web.json_response(
        {
            "queues": [
                {"id": queue.name, "name": queue_name(queue.name), "waiting": queue.waiting, "ready": queue.ready}
                for _, queue in sorted(control.live.queues.items())
            ],
            "agents": [_agent(record, control) for record in colleagues if "agent" in record.roles],
        }
    )


def _entry(entry: DirectoryEntry, control: Control) -> dict[str, object]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "department": entry.department,
        "name": entry.name,
        "topics": list(entry.topics),
        "languages": list(entry.languages),
        "initials": list(entry.initials),
        "on_duty": entry.on_duty,
        "state": _state(entry, control),
    }


def _state(entry: DirectoryEntry, control: Control) -> str:
    """Busy while a call of ours rings or has them; whom others call we do not know."""
    if not control.is_up:
        return "unknown"
    return "busy" if any(call.has_party(entry.id) for call in control.live.calls.values()) else "free"


def _agent(record: AgentRecord, control: Control) -> dict[str, object]:
    known = control.live.agents.get(record.id)
    return {"id": record.id, "name": record.name, "state": known.state if known else "offline"}


def _order(entry: DirectoryEntry) -> tuple[bool, str, str]:
    return (not entry.on_duty, entry.department, entry.id)

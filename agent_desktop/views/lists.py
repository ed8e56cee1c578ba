"""My calls and my cases: fragments for the shell, numbers masked before they leave the server."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.access import session_of
from agent_desktop.case_desk import PENDING, STORED
from agent_desktop.instants import iso, local, spoken_length
from agent_desktop.keys import CASES, CONFIG
from agent_desktop.names import CALL_STATES, queue_name, role_name
from agent_desktop.pages import page
from agent_desktop.ports import CallLine, CaseLine, DatabaseAway, PendingCase, RecordingLine
from cases.case import NAMES, Kind
from cases.masking import mask_number

LONGEST_LIST = 50
FAULTS = {
    "gone": "录音缺失",
    "size": "录音大小不对",
    "header": "录音文件头损坏",
    "short": "录音比通话短",
    "long": "录音比通话长",
    "seal": "录音密封损坏",
    "changed": "录音内容被改动",
    "repaired": "录音已修复",
}
"""The page's words for them in English are those of `words-player.ts`."""
HEARD = frozenset({"closed", "damaged"})


async def calls(request: web.Request) -> web.StreamResponse:
    session, store = session_of(request), request.app[CONFIG].cases
    try:
        lines = await store.calls_of(session.agent_id, LONGEST_LIST)
    except DatabaseAway:
        return page(request, "calls.html", rows=[], source="unavailable")
    rows = [_call_row(line) for line in lines]
    return page(request, "calls.html", rows=rows, source="database")


async def cases(request: web.Request) -> web.StreamResponse:
    session, store = session_of(request), request.app[CONFIG].cases
    waiting = await request.app[CASES].pending_of(session.agent_id)
    pending = [_pending_row(case) for case in waiting]
    try:
        lines = await store.cases_of(session.agent_id, LONGEST_LIST)
    except DatabaseAway:
        return page(request, "cases.html", rows=[], pending=pending, source="unavailable")
    rows = [_case_row(line) for line in lines]
    return page(request, "cases.html", rows=rows, pending=pending, source="database")


def _call_row(line: CallLine) -> dict[str, object]:
    return {
        "call_id": line.call_id,
        "at": local(line.arrived_at),
        "at_iso": iso(line.arrived_at) if line.arrived_at else "",
        "number_masked": mask_number(line.number),
        "name": line.name,
        "queue_name": queue_name(line.queue),
        "duration": spoken_length(line.talk_seconds),
        "state_key": f"was_{line.state}",
        "state_name": CALL_STATES.get(line.state, line.state),
        "case_id": "",
        "case_number": line.case_number,
        "legs": [f"/recordings/{each.recording_id}" for each in line.recordings if each.state in HEARD],
        "faults": [_fault(each) for each in line.recordings if each.fault],
        "is_expired": any(each.state == "expired" for each in line.recordings),
    }


def _fault(line: RecordingLine) -> dict[str, str]:
    return {
        "key": f"fault_{line.fault}",
        "role_key": f"role_{line.role}",
        "role_name": role_name(line.role),
        "party": line.party if line.role == "agent" else "",
        "text": FAULTS.get(line.fault, line.fault),
        "tone": "" if line.fault == "repaired" else "warn",
    }


def _case_row(line: CaseLine) -> dict[str, object]:
    return {
        "case_id": line.case_id,
        "number": line.number,
        "title": line.title,
        "kind_key": f"kind_{line.kind}",
        "kind_name": kind_name(line.kind),
        "status": line.status,
        "status_key": f"status_{line.status}",
        "status_name": line.status_name,
        "created_at": local(line.created_at),
        "created_iso": iso(line.created_at),
        "due_at": local(line.due_at),
        "due_iso": iso(line.due_at) if line.due_at else "",
        "department": line.department,
        "sync": STORED,
    }


def _pending_row(case: PendingCase) -> dict[str, object]:
    return {
        "case_id": str(case.case_id),
        "number": "",
        "title": case.form.title if case.form else "",
        "kind_key": f"kind_{case.form.kind}" if case.form else "",
        "kind_name": NAMES[case.form.kind] if case.form else "",
        "status": PENDING,
        "status_name": "待处理" if case.state == "refused" else "待同步",
        "created_at": local(case.created_at),
        "created_iso": iso(case.created_at),
        "due_at": "",
        "due_iso": "",
        "department": "",
        "sync": PENDING,
    }


def kind_name(kind: str) -> str:
    return NAMES[Kind(kind)] if kind in set(Kind) else kind

"""A case as the local spool keeps it: JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from agent_desktop.instants import iso, parse_iso
from agent_desktop.ports import NewCase, Spooled
from cases.case import CaseId, Kind, Outcome, Urgency
from cases.form import CaseForm


def closed(case: NewCase) -> dict[str, object]:
    form = case.form
    return {
        "case_id": str(case.case_id),
        "agent_id": case.agent_id,
        "number": case.number,
        "name": case.name,
        "created_at": iso(case.created_at),
        "kind": form.kind,
        "text": form.text,
        "class_code": form.class_code,
        "district": form.district,
        "urgency": form.urgency,
        "confidential": form.confidential,
        "outcome": form.outcome,
        "answer": form.answer,
        "idempotency": str(form.idempotency),
        "call_id": form.call_id,
    }


def opened(spooled: Spooled) -> NewCase:
    """The case again. It was checked before it was kept, so that a later list cannot lose it."""
    body = spooled.body
    return NewCase(
        case_id=CaseId(UUID(_text(body, "case_id"))),
        agent_id=_text(body, "agent_id"),
        number=_text(body, "number"),
        name=_text(body, "name"),
        created_at=parse_iso(body.get("created_at")) or spooled.at,
        form=_form(body),
    )


def _form(body: Mapping[str, object]) -> CaseForm:
    return CaseForm(
        kind=Kind(_text(body, "kind")),
        text=_text(body, "text"),
        class_code=_text(body, "class_code"),
        district=_text(body, "district"),
        urgency=Urgency(_text(body, "urgency")),
        confidential=body.get("confidential") is True,
        outcome=Outcome(_text(body, "outcome")),
        answer=_text(body, "answer"),
        idempotency=UUID(_text(body, "idempotency")),
        call_id=_text(body, "call_id") or None,
    )


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return str(value) if value is not None else ""

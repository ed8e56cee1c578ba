"""A case that is on its way to the store: checked, its caller sealed, and small enough for the local spool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.case import Kind, Outcome, Urgency, new_case_id
from cases.form import CaseForm
from cti.core.ports import PersonalFields


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What `CaseStore.save` takes; `number` and `name` are sealed, None when the caller withheld them."""

    case_id: UUID
    form: CaseForm
    agent_id: str
    at: datetime
    number: Mapping[str, str] | None
    name: Mapping[str, str] | None
    number_hash: str | None

    def to_json(self) -> str:
        """For the spool; no personal field is clear but what the case's own text holds."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> NewCase:
        read: dict[str, Any] = json.loads(text)
        return cls(
            case_id=UUID(read["case_id"]),
            form=_form(read["form"]),
            agent_id=read["agent_id"],
            at=datetime.fromisoformat(read["at"]),
            number=read["number"],
            name=read["name"],
            number_hash=read["number_hash"],
        )


def new_case(form: CaseForm, *, number: str, name: str, agent_id: str, at: datetime, fields: PersonalFields) -> NewCase:
    """A case from the desk's checked form; the caller's number and name are sealed here."""
    return NewCase(
        case_id=new_case_id(at),
        form=form,
        agent_id=agent_id,
        at=at,
        number=fields.seal(number) if number else None,
        name=fields.seal(name) if name else None,
        number_hash=fields.number_hash(number) if number else None,
    )


def _form(read: Mapping[str, Any]) -> CaseForm:
    words = {"kind": Kind(read["kind"]), "urgency": Urgency(read["urgency"]), "outcome": Outcome(read["outcome"])}
    return CaseForm(**dict(read) | words | {"idempotency": UUID(read["idempotency"])})

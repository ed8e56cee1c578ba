"""The desk's ports to the people outside: the directory of specialists and lines, and the callers of cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from agent_desktop import ports
from cti.core.directory import Directory as Listed
from hotline.wiring.desk_ports import Asking
from storage.audit import Act, AuditStore
from storage.cases import CaseStore, UnknownCase


class Directory:
    """The directory file as a desk shows it: no numbers."""

    def __init__(self, listed: Listed) -> None:
        self._listed = listed

    def entries(self, at: datetime) -> Sequence[ports.DirectoryEntry]:
        return [
            ports.DirectoryEntry(
                id=entry.id,
                kind=entry.kind,
                department=entry.department_name,
                name=entry.name,
                topics=entry.topics,
                languages=entry.languages,
                initials=entry.initials,
                on_duty=entry.on_duty(at),
            )
            for entry in self._listed
        ]


class Dialling:
    """Whom a case is about; handing out the number is audited before it is done."""

    def __init__(self, store: CaseStore, audit: AuditStore, asking: Asking) -> None:
        self._store, self._audit, self._asking = store, audit, asking

    async def number_of_case(self, case_id: str, agent_id: str, address: str) -> str:
        with self._asking.postgres():
            try:
                case = await self._store.whole(UUID(case_id))
            except UnknownCase:
                raise ports.NotFound(case_id) from None
            if not agent_id or case.created_by != agent_id:
                raise ports.NotFound(case_id)
            if case.caller_number:
                await self._audit.note(agent_id, Act.CALLER_DIALLED, case_id, address=address)
            return case.caller_number

"""The desk's port to the records of emergencies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agent_desktop import ports
from cases.emergency import EmergencyRecord
from hotline.wiring.desk_ports import Asking
from storage.emergency_records import EmergencyStore, UnknownEmergency


class Emergencies:
    """`Emergencies` of the desk's ports over PostgreSQL."""

    def __init__(self, store: EmergencyStore, asking: Asking) -> None:
        self._store, self._asking = store, asking

    async def since(self, at: datetime, limit: int, pressed_by: str | None) -> Sequence[EmergencyRecord]:
        with self._asking.postgres():
            return await self._store.since(at, limit, pressed_by=pressed_by)

    async def find(self, emergency_id: str) -> EmergencyRecord:
        try:
            with self._asking.postgres():
                return await self._store.record(emergency_id)
        except UnknownEmergency:
            raise ports.NotFound(emergency_id) from None

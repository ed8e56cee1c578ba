"""The desk's port to the list of missed calls: numbers masked, each one that is shown in clear audited."""

from __future__ import annotations

from collections.abc import Sequence

from agent_desktop import ports
from cases.masking import mask_number
from hotline.wiring.desk_ports import Asking
from storage.audit import Act, AuditStore
from storage.callbacks import (
    CallbackDone,
    CallbackStore,
    CallbackTaken,
    CallbackTooEarly,
    CallbackUnknown,
    MissedCaller,
)

REFUSALS = (CallbackUnknown, CallbackTaken, CallbackDone, CallbackTooEarly)


class Callbacks:
    """`Callbacks` of the desk's ports over PostgreSQL."""

    def __init__(self, store: CallbackStore, audit: AuditStore, asking: Asking) -> None:
        self._store, self._audit, self._asking = store, audit, asking

    async def open(self, limit: int) -> Sequence[ports.Callback]:
        with self._asking.postgres():
            return [_masked(one) for one in await self._store.waiting(limit)]

    async def reached_by(self, agent_id: str) -> Sequence[ports.Callback]:
        with self._asking.postgres():
            return [_masked(one) for one in await self._store.reached_by(agent_id)]

    async def take(self, callback_id: str, agent_id: str, address: str) -> ports.Caller:
        try:
            with self._asking.postgres():
                number = await self._store.take(callback_id, agent_id)
                await self._audit.note(agent_id, Act.CALLBACK_TAKEN, callback_id, address=address)
        except REFUSALS as refusal:
            raise ports.CallbackRefused(refusal.code) from None
        return ports.Caller(number=number, name="")

    async def release(self, callback_id: str, agent_id: str, outcome: str) -> None:
        try:
            with self._asking.postgres():
                await self._store.release(callback_id, agent_id, outcome)
        except REFUSALS as refusal:
            raise ports.CallbackRefused(refusal.code) from None

    async def attempted(self, callback_id: str, agent_id: str, outcome: str, call_id: str = "") -> None:
        try:
            with self._asking.postgres():
                await self._store.attempted(callback_id, agent_id, outcome, by_call=call_id)
        except REFUSALS as refusal:
            raise ports.CallbackRefused(refusal.code) from None


def _masked(one: MissedCaller) -> ports.Callback:
    return ports.Callback(
        id=one.call_id,
        number=mask_number(one.number),
        queue=one.queue,
        stage=one.stage,
        missed_at=one.missed_at,
        times=one.times,
        attempts=one.attempts,
        state=one.state,
        taken_by=one.taken_by,
        taken_until=one.taken_until,
        tried_by=one.tried_by,
        last_outcome=one.last_outcome,
        not_before=one.not_before,
    )

"""What an event changes in the call's transfers and in the pauses of its recording."""

from __future__ import annotations

from dataclasses import replace

from storage.parties import Changes, Parties, agent_of, word_of
from storage.party_rows import PauseRow, TransferRow
from storage.project import EventRow


def _transfer_asked(told: Parties, event: EventRow) -> None:
    told.transfers.append(
        TransferRow(
            **told.of_call,
            place=len(told.transfers),
            kind=str(event.body["kind"]),
            target=str(event.body["target"]),
            asked_by=agent_of(event),
            warm=bool(event.body.get("warm")),
            asked_at=event.at,
        )
    )


def _transfer_done(told: Parties, event: EventRow) -> None:
    _transfer_over(told, event, str(event.body["kind"]), str(event.body["target"]), "done")


def _transfer_failed(told: Parties, event: EventRow) -> None:
    _transfer_over(told, event, str(event.body["kind"]), str(event.body["target"]), "failed")


def _to_queue(told: Parties, event: EventRow) -> None:
    _transfer_over(told, event, "queue", str(event.body["queue"]), "done")


def _transfer_over(told: Parties, event: EventRow, kind: str, target: str, outcome: str) -> None:
    same = [each for each in told.transfers if (each.kind, each.target) == (kind, target)]
    if same and same[-1].outcome == outcome and same[-1].ended_at:
        return
    row = same[-1] if same and not same[-1].ended_at else None
    if row is None:
        row = TransferRow(**told.of_call, place=len(told.transfers), kind=kind, target=target, asked_at=event.at)
        told.transfers.append(row)
    reason = word_of(event, "reason")
    told.transfers[row.place] = replace(row, ended_at=event.at, outcome=outcome, reason=reason)


def _paused(told: Parties, event: EventRow) -> None:
    if any(each.to_at is None for each in told.pauses):
        return
    reason = str(event.body.get("reason", ""))
    place = len(told.pauses)
    told.pauses.append(
        PauseRow(**told.of_call, place=place, paused_by=agent_of(event), reason=reason, from_at=event.at)
    )


def _resumed(told: Parties, event: EventRow) -> None:
    told.resume(event.at, agent_of(event))


MOVE_CHANGES: Changes = {
    "TransferAsked": _transfer_asked,
    "TransferDone": _transfer_done,
    "TransferFailed": _transfer_failed,
    "CallerTransferredToQueue": _to_queue,
    "RecordingPaused": _paused,
    "RecordingResumed": _resumed,
}

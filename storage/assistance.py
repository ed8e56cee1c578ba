"""What an event changes in the call's three-way talks with specialists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage.parties import Changes, Parties, agent_of, word_of
from storage.party_rows import ThreeWayRow
from storage.project import EventRow


def _specialist_asked(told: Parties, event: EventRow) -> None:
    told.three_ways.append(
        ThreeWayRow(
            **told.of_call,
            place=len(told.three_ways),
            entry=str(event.body["entry"]),
            department=word_of(event, "department"),
            asked_by=agent_of(event),
            asked_at=event.at,
        )
    )


def _specialist_accepted(told: Parties, event: EventRow) -> None:
    last_three_way(told, word_of(event, "entry"), leg=str(event.body["leg"]), accepted_at=event.at)


def _specialist_not_reached(told: Parties, event: EventRow) -> None:
    last_three_way(told, word_of(event, "entry"), ended_at=event.at, outcome=str(event.body["reason"]))


def _merged(told: Parties, event: EventRow) -> None:
    last_three_way(told, None, merged_at=event.at)


def _solved(told: Parties, event: EventRow) -> None:
    """Said afterwards: also of one that is over."""
    asked = [each for each in told.three_ways if each.entry == event.body["entry"]]
    if asked:
        told.three_ways[asked[-1].place] = replace(asked[-1], solved=bool(event.body["solved"]))


def last_three_way(told: Parties, entry: str | None, **known: Any) -> None:
    """What is new of the last one that still goes on; a leg that rings next takes the place of the one before."""
    asked = [each for each in told.three_ways if not each.ended_at and entry in {None, each.entry}]
    if asked:
        fresh = {key: value for key, value in known.items() if key == "leg" or getattr(asked[-1], key) is None}
        told.three_ways[asked[-1].place] = replace(asked[-1], **fresh)


ASSISTANCE_CHANGES: Changes = {
    "SpecialistAsked": _specialist_asked,
    "SpecialistAccepted": _specialist_accepted,
    "SpecialistNotReached": _specialist_not_reached,
    "SpecialistSolved": _solved,
    "ThreeWayMerged": _merged,
}

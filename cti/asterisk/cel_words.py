"""The dialplan's own words in CEL: whose leg this is, what became of a transfer, what a supervisor does.

A word names the call and holds words of ours alone: never a number, a name or anything that somebody typed. Whom a
desk asked for, the journal knows since it asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cti.core.ids import CallId
from cti.core.leg import AGENT, THIRD_PARTIES
from cti.core.supervise_commands import MODES, TAKE_OVER

FIELDS = 5
REASONS = frozenset({"busy", "refused", "unanswered", "dead", "cancelled"})
KINDS = frozenset({"agent", "queue", "specialist", "department", "centre"})
"""Whom a caller is transferred to."""
PHONES = THIRD_PARTIES | {AGENT}
SUPERVISION = frozenset({*MODES, TAKE_OVER})
NOTHING = frozenset({""})
ABOUT: dict[tuple[str, str], tuple[frozenset[str], frozenset[str] | None]] = {
    ("leg", "ringing"): (PHONES, NOTHING),
    ("leg", "accepted"): (PHONES, NOTHING),
    ("leg", "became"): (frozenset({AGENT}), NOTHING),
    ("leg", "failed"): (PHONES, REASONS),
    ("leg", "unreached"): (frozenset({"specialist"}), REASONS),
    ("transfer", "done"): (KINDS, NOTHING),
    ("transfer", "failed"): (KINDS, REASONS),
    ("supervision", "started"): (SUPERVISION, None),
    ("supervision", "ended"): (SUPERVISION, None),
}
"""Every word that there is: what it may be about, and why; of a supervision the agent's id stands there instead."""
_CALL = re.compile(r"HC[0-9A-Za-z_.-]{1,80}\Z")
_AGENT = re.compile(r"[0-9A-Za-z_-]{0,32}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """`about` is a leg's role, a transfer's kind or a supervision's mode; `why` a reason, or the agent's id."""

    said: tuple[str, str]
    call_id: CallId
    about: str
    why: str


def word_of(text: str) -> Word | None:
    """None for a text that is none of ours, in any part of it."""
    fields = text.split("/", FIELDS - 1)
    if len(fields) != FIELDS:
        return None
    said, call_id, about, why = (fields[0], fields[1]), fields[2], fields[3], fields[4]
    if said not in ABOUT or not _CALL.match(call_id):
        return None
    abouts, reasons = ABOUT[said]
    if about not in abouts or not (_AGENT.match(why) if reasons is None else why in reasons):
        return None
    return Word(said=said, call_id=CallId(call_id), about=about, why=why)

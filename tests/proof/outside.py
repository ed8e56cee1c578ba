"""What specialists and operators heard at their own phones, against what is stored of their talks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tests.proof.compared import ROUND_A_MUTE, SAME_CALL, TALK
from tests.proof.phone_log import PhoneCall
from tests.proof.spans import Interval, padded, seconds, shown, union, without
from tests.proof.stored_call import StoredCall
from tests.stories.case_book import Row
from tests.stories.voices import AGENT_TONES, CALLER_TONE, OUTSIDE

HeardOf = Callable[[float], Sequence[Interval]]


def leg_of(call: PhoneCall, stored: Iterable[StoredCall]) -> tuple[StoredCall, Row] | None:
    """The leg that was answered when this phone was."""
    assert call.answered is not None
    answered = call.answered
    legs = [(each, leg) for each in stored for leg in each.legs if leg["role"] in OUTSIDE and leg["answered_at"]]
    near = [found for found in legs if abs((found[1]["answered_at"] - answered).total_seconds()) < SAME_CALL]
    return min(near, key=lambda found: abs(found[1]["answered_at"] - answered), default=None)


def outside_differs(stored: StoredCall, leg: Row, heard: HeardOf, slack: float) -> list[str]:
    """It heard the caller while the store says so, and a three-way talk is whatever it heard of anybody."""
    caller = stored.caller
    silent = padded([*stored.aside(leg), *(stored.muted(caller) if caller else [])], ROUND_A_MUTE)
    said, at_ear = without(stored.with_caller(leg), silent), without(heard(CALLER_TONE), silent)
    off = {
        "of the caller are stored and were not heard": seconds(without(said, at_ear)),
        "of the caller were heard and are not stored": seconds(without(at_ear, said)),
    }
    for each in stored.three_ways:
        if each["leg"] == leg["leg"]:
            anybody = union(span for tone in (CALLER_TONE, *AGENT_TONES.values()) for span in heard(tone))
            talked = seconds(without(anybody, silent))
            off[f"lie between talked_s {each['talked_s']:.2f} and what was heard"] = abs(each["talked_s"] - talked)
    who = f"{leg['role']} {leg['party']}"
    spans = f"heard {shown(at_ear)}; stored {shown(said)}"
    return [f"{who}: {each:.2f} s {what}; {spans}" for what, each in off.items() if each > TALK + slack]

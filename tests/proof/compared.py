"""Where the store's figures of a call differ from what its caller's phone tells: pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.patience import HELD_UP
from tests.proof.board_log import Seen
from tests.proof.phone_log import PhoneCall
from tests.proof.spans import Interval, both, clipped, padded, seconds, shown, union, without
from tests.proof.stored_call import StoredCall

TALK = 1.0
"""Seconds that a party's talk may be off."""
MOMENT = 1.0 + HELD_UP
"""Seconds between one moment as Asterisk stamped it and as the phone's own process noticed it."""
ROUND_A_MUTE = 0.3
"""A mute is told when the key is pressed; a moment later it is so."""

SHOWN_WITHIN = 5.0 + HELD_UP
"""Seconds after which the board is right again, whatever happened."""

SAME_CALL = 10.0
"""Seconds that two tellers' moments may lie apart for the two to speak of one call or leg at all."""

CUT = "cut"
"""The outcome of a call that Asterisk took with it."""

ToneOf = Callable[[str, str | None], float | None]


@dataclass(slots=True)
class Voice:
    """One tone in one call: when the store says that the caller could hear it, and when he did."""

    tone: float
    said: list[Interval] = field(default_factory=list)
    heard: list[Interval] = field(default_factory=list)
    muted: list[Interval] = field(default_factory=list)
    """When it could be heard but for a mute."""
    talk_s: float = 0.0
    names: list[str] = field(default_factory=list)

    @property
    def unheard_s(self) -> float:
        """In the store, not at the phone."""
        return seconds(without(self.said, [*self.heard, *self.muted]))

    @property
    def untold_s(self) -> float:
        """At the phone, not in the store."""
        return seconds(without(self.heard, [*self.said, *self.muted]))

    @property
    def heard_s(self) -> float:
        """As the talk is counted: who is muted still listens."""
        return seconds(union([*self.heard, *both(self.said, self.muted)]))


def voices_of(
    stored: StoredCall,
    heard: Callable[[float], Sequence[Interval]],
    tone_of: ToneOf,
    tones: Sequence[float],
    mutes: Mapping[str, Sequence[Interval]],
) -> list[Voice]:
    """Each tone of this story with what is told of it. `mutes` are those that only a desk knows of, by agent."""
    voices = {tone: Voice(tone, heard=list(heard(tone))) for tone in tones}
    for leg in stored.legs:
        tone = tone_of(leg["role"], leg["party"])
        if tone is None or not leg["answered_at"]:
            continue
        voice = voices[tone]
        voice.names.append(f"{leg['role']} {leg['party']}")
        voice.said = union([*voice.said, *stored.with_caller(leg)])
        silent = [*stored.muted(leg), *(mutes.get(leg["party"] or "", ()) if leg["role"] == "agent" else ())]
        voice.muted = union([*voice.muted, *padded(silent, ROUND_A_MUTE)])
        voice.talk_s += leg["talk_s"]
    return list(voices.values())


def talk_differs(voice: Voice, stored: StoredCall, slack: float) -> list[str]:
    """The caller heard this party exactly while the store says so, and the sum is its talk time."""
    allowed = TALK + slack
    found = []
    if voice.unheard_s > allowed:
        found.append(f"{voice.unheard_s:.2f} s of talk are stored and were not heard")
    if voice.untold_s > allowed:
        found.append(f"{voice.untold_s:.2f} s were heard and are not stored")
    caller_is_muted = bool(stored.caller and stored.muted(stored.caller))
    if abs(voice.talk_s - voice.heard_s) > allowed and not caller_is_muted:
        found.append(f"talk_s is {voice.talk_s:.2f} and {voice.heard_s:.2f} s were heard")
    spans = f"heard {shown(voice.heard)}; stored {shown(voice.said)}; muted {shown(voice.muted)}"
    return [f"{voice.tone:g} Hz ({', '.join(voice.names) or 'nobody'}): {each}; {spans}" for each in found]


def moments_differ(call: PhoneCall, stored: StoredCall, slack: float) -> list[str]:
    """Arrival and end as the phone had them; that Asterisk died, it has only heard as silence on its tape."""
    allowed = MOMENT + slack
    assert call.answered is not None
    off = _apart(call.answered, stored.row["arrived_at"])
    found = [f"arrived_at is {off:.2f} s off"] if off > allowed else []
    if call.ended is not None and stored.caller is not None and stored.row["outcome"] != CUT:
        off = _apart(call.ended, stored.caller["to_at"])
        found += [f"the caller's leg ended {off:.2f} s off"] if off > allowed else []
    return found


def sums_differ(stored: StoredCall) -> list[str]:
    """The call's own talk time is that of all its agents, each moment once."""
    agents = [leg for leg in stored.legs if leg["role"] == "agent" and leg["answered_at"]]
    muted = stored.muted(stored.caller) if stored.caller else []
    talked = seconds(without([span for leg in agents for span in stored.with_caller(leg)], muted))
    if abs(talked - stored.row["talk_s"]) > TALK:
        return [f"calls.talk_s is {stored.row['talk_s']:.2f}, its segments make {talked:.2f}"]
    return []


def shown_otherwise(seen: Seen | None, stored: StoredCall) -> list[str]:
    """Late is what was not there `SHOWN_WITHIN` seconds after it was so; a shorter talk may have been missed."""
    if seen is None:
        lasted = (stored.row["ended_at"] - stored.row["arrived_at"]).total_seconds()
        return ["it was never there"] if lasted > SHOWN_WITHIN else []
    found = _late("it came", seen.first, stored.row["arrived_at"])
    found += _late("it went", seen.gone, stored.row["ended_at"])
    for leg in stored.legs:
        talks = stored.with_caller(leg) if leg["role"] == "agent" else []
        named = seen.named.get(leg["party"] or "")
        if talks and named is None and leg["talk_s"] > TALK:
            found.append(f"{leg['party']} talked {leg['talk_s']:.1f} s and was never named")
        elif talks and named is not None:
            found += _late(f"{leg['party']} was named", named, talks[0][0])
    return found


def within(call: PhoneCall, spans: Sequence[Interval], until: datetime) -> list[Interval]:
    """That part of what a phone heard which belongs to this call."""
    return clipped(spans, call.began, call.ended or until)


def _late(what: str, at: datetime | None, should: datetime) -> list[str]:
    late = (at - should).total_seconds() if at else SHOWN_WITHIN + 1
    return [f"{what} {late:.1f} s late"] if late > SHOWN_WITHIN else []


def _apart(one: datetime, other: datetime | None) -> float:
    return abs((one - other).total_seconds()) if other else float("inf")

"""From what was expected and what was heard to figures: how soon after an answer, how long a silence meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from tests.measured.moments import CAME_IN, Conversation
from tests.measured.track import Span, Track

GIVEN_UP = 5.0
"""Seconds after which what is heard has nothing to do with the answer any more."""
MUSIC = "music"
LOST_LINE, KEPT, NEXT, KEYS = "line lost", "kept", "next", "its own keys"
AT_ONCE = frozenset({"swap", "merge"})
"""Clicks that put one party in the place of another in the same moment."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the ears said together in one moment, as the case wanted it."""

    at: float
    ears: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """From an answer until one ear heard one mouth; `wire_ms` says the same of the packets that came to the ear."""

    who: str
    ear: str
    mouth: str
    ms: int | None
    wire_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """The longest silence of an ear between two agreements, and what was done meanwhile.

    `kept`: there was somebody to be heard throughout. `next`: whom it heard left or was put aside, until the next one.
    `its own keys`: who was heard, or comes next, pressed keys, which his phone sends in place of his voice.
    `line lost`: as the same, of one who said no good-bye: his silence has to be noticed first.
    """

    ear: str
    kind: str
    ms: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    meanwhile: tuple[str, ...]
    wire_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Lifted:
    """A receiver lifted, or the key pressed that does as much: `since` then there is something to hear."""

    who: str
    at: float


def lifted_by(name: str, conversations: Iterable[Conversation], keys: Sequence[float]) -> list[Lifted]:
    """Who is asked for a key is there once he let go of it."""
    moments = []
    for each in conversations:
        if each.way != CAME_IN or each.answered is None:
            continue
        key = next((at for at in keys if each.answered < at < (each.ended or at + 1)), None)
        moments.append(Lifted(name, each.answered if key is None else key))
    return moments


def pairs_after(moment: Lifted, agreed: Sequence[Agreed], until: float) -> list[tuple[str, str]]:
    """Which ears should hear whom because of this answer: him, and he them."""
    pairs: list[tuple[str, str]] = []
    for each in agreed:
        if moment.at < each.at < until:
            pairs += [(ear, moment.who) for ear, mouths in each.ears.items() if moment.who in mouths]
            pairs += [(moment.who, mouth) for mouth in sorted(each.ears.get(moment.who, ()))]
        if pairs:
            break
    return pairs


def answer(moment: Lifted, ear: str, mouth: str, tone: float, track: Track | None, wire: Track | None) -> Answer:
    def ms(heard: Track | None) -> int | None:
        at = heard.first(tone, moment.at) if heard is not None else None
        return round((at - moment.at) * 1000) if at is not None and at - moment.at < GIVEN_UP else None

    return Answer(moment.who, ear, mouth, ms(track), ms(wire))


def kind_of(
    before: frozenset[str],
    after: frozenset[str],
    gone: frozenset[str],
    lost: frozenset[str],
    meanwhile: frozenset[str] = frozenset(),
    keying: frozenset[str] = frozenset(),
) -> str:
    """Whether there was anybody to be heard all the time. `gone` left meanwhile, `lost` without a word.

    Who is put aside for somebody who is still to come (a specialist whose phone rings) leaves silence behind.
    """
    if before & keying and not before - keying:
        return KEYS
    if after & keying and not after - keying and not before & after:
        return KEYS
    if before - gone:
        stays = before & after or MUSIC in before | after or meanwhile <= AT_ONCE
        return KEPT if stays else NEXT
    return LOST_LINE if before & lost else NEXT


def gap(track: Track, tones: Iterable[float], span: Span) -> int:
    begin, end = track.longest_gap(tones, *span)
    return round((end - begin) * 1000)


def line(
    case: str, seconds: float, answers: Sequence[Answer], gaps: Sequence[Gap], **more: object
) -> dict[str, object]:
    told = {"answers": [asdict(each) for each in answers], "gaps": [asdict(each) for each in gaps]}
    return {"case": case, "seconds": round(seconds, 1), **told, **more}

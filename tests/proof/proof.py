"""After each story: its calls as the phones heard them, as the store has them, as the board showed them.

The story knows nothing of it. What Asterisk itself wrote down (CEL) must agree as well.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from hotline import secrets_store
from hotline.phone.client import Phone
from hotline.trial import Trial
from hotline.verify import SETTLED, checked_since
from hotline.wiring.web import personal_fields
from tests.patience import LONG, SHARED, again_until
from tests.proof.at_desk import at_desk
from tests.proof.board_log import BoardLog
from tests.proof.compared import (
    SAME_CALL,
    SHOWN_WITHIN,
    moments_differ,
    shown_otherwise,
    sums_differ,
    talk_differs,
    voices_of,
    within,
)
from tests.proof.outside import leg_of, outside_differs
from tests.proof.phone_log import PhoneCall, Tape, calls_of
from tests.proof.spans import Interval, clock, seconds
from tests.proof.stored_call import StoredCall, stored_since
from tests.stories.case_book import CaseBook
from tests.stories.desk import Desk
from tests.stories.voices import AGENT_TONES, OTHER_TONE, tone_of

OUTBOUND = "outbound"
KEPT = "HOTLINE_PROOF_LOG"
"""A file to which each story's figures are added, a line of JSON a voice."""


@dataclass(slots=True)
class Proof:
    """One story's phones, desks and board; `prove` when all of them are at rest."""

    hotline: Trial
    story: str
    begun: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=0.5))
    phones: list[tuple[Phone, Path]] = field(default_factory=list)
    outside: list[tuple[Phone, Path]] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)
    board: BoardLog = field(init=False)

    def __post_init__(self) -> None:
        self.board = BoardLog(self.hotline)

    def tapes(self, phone: Phone, file: Path) -> None:
        """All that a caller's phone hears from now on is kept."""
        phone.tape(file)
        self.phones.append((phone, file))

    def tapes_outside(self, phone: Phone, file: Path) -> None:
        """So is what a specialist's or an operator's hears."""
        phone.tape(file)
        self.outside.append((phone, file))

    def prove(self) -> None:
        """Raises AssertionError with every difference."""
        book = CaseBook(self.hotline)
        try:
            stored = again_until(lambda: stored_since(book, self.begun), self._is_told, LONG)
            found = [*self._phones_differ(stored), *self._desks_differ(stored), *_store_differs(stored)]
            found += [*self._outside_differs(stored), *self._board_differs(stored), *self._cel_differs()]
        finally:
            book.close()
        assert not found, "\n".join([f"{len(found)} figures of this story are not proved:", *found])

    def close(self) -> None:
        self.board.close()

    # ---- the phones

    def _is_told(self, stored: list[StoredCall]) -> bool:
        """The drainer has brought every end, and every call that a phone made."""
        calls = [call for phone, _ in self.phones for call in _answered(phone)]
        return all(each.is_whole for each in stored) and all(self._stored_of(call, stored) for call in calls)

    def _stored_of(self, call: PhoneCall, stored: list[StoredCall]) -> StoredCall | None:
        """The nearest one of this number; of a call that came in to the phone, the nearest that a desk placed."""
        assert call.answered is not None
        answered = call.answered
        if call.number:
            fields = personal_fields(secrets_store.read(self.hotline.settings), self.hotline.settings.centre_id)
            known = bytes.fromhex(fields.number_hash(call.number)) or None
            mine = [each for each in stored if each.row["number_hash"] == known]
            # a call that came and went while cti was away is told by CEL, which holds no number
            mine = mine or [each for each in stored if each.row["number_hash"] is None]
        else:
            mine = [each for each in stored if each.row["trunk"] == OUTBOUND]
        near = [each for each in mine if abs((each.row["arrived_at"] - answered).total_seconds()) < SAME_CALL]
        return min(near, key=lambda each: abs(each.row["arrived_at"] - answered), default=None)

    def _phones_differ(self, stored: list[StoredCall]) -> list[str]:
        found: list[str] = []
        for phone, file in self.phones:
            tape = Tape(file, phone.events)
            for call in _answered(phone):
                mine = self._stored_of(call, stored)
                if mine is None:
                    found.append(f"a call answered at {call.answered} is not in the store")
                else:
                    found += [f"{mine.row['call_id']}: {each}" for each in self._call_differs(call, tape, mine)]
        return found

    def _call_differs(self, call: PhoneCall, tape: Tape, stored: StoredCall) -> list[str]:
        tones = (*AGENT_TONES.values(), OTHER_TONE)
        mutes = self._mutes(datetime.now(UTC))
        voices = voices_of(stored, partial(_heard_in, tape, call), tone_of, tones, mutes)
        for voice in voices:
            if voice.names or voice.heard:
                self._keep(
                    call=stored.row["call_id"], hz=voice.tone, who=voice.names, talk_s=voice.talk_s,
                    heard_s=voice.heard_s, unheard_s=voice.unheard_s, untold_s=voice.untold_s, slack_s=tape.slack,
                )  # fmt: skip
        found = moments_differ(call, stored, tape.slack + SHARED)
        return found + [each for voice in voices for each in talk_differs(voice, stored, tape.slack + SHARED)]

    def _desks_differ(self, stored: list[StoredCall]) -> list[str]:
        """Of agents all of whose callers had a phone of ours, that speaks."""
        ours = [self._stored_of(call, stored) for phone, _ in self.phones for call in _answered(phone)]
        known = {each.row["call_id"] for each in ours if each is not None}
        slack = max((Tape(file, phone.events).slack + SHARED for phone, file in self.phones), default=SHARED)
        found: list[str] = []
        for agent in sorted({desk.agent for desk in self.desks}):
            heard = [span for desk in self.desks if desk.agent == agent for span in desk.caller_heard]
            theirs = [each for each in stored if agent in each.agents]
            there = (
                at_desk(agent, theirs, heard, slack) if all(each.row["call_id"] in known for each in theirs) else None
            )
            if there is not None:
                self._keep(desk=agent, talk_s=there.talk_s, heard_s=seconds(there.heard),
                           unheard_s=there.unheard_s, untold_s=there.untold_s)  # fmt: skip
                found += there.differs()
        return found

    def _outside_differs(self, stored: list[StoredCall]) -> list[str]:
        found: list[str] = []
        for phone, file in self.outside:
            tape = Tape(file, phone.events)
            for call in _answered(phone):
                mine = leg_of(call, stored)
                if mine is None:
                    found.append(f"a leg answered at {call.answered} is not in the store")
                else:
                    found += outside_differs(*mine, partial(_heard_in, tape, call), tape.slack + SHARED)
        return found

    def _mutes(self, until: datetime) -> dict[str, list[Interval]]:
        """A desk's own mute: its microphone is silent, no one else knows."""
        mutes: dict[str, list[Interval]] = {}
        for desk in self.desks:
            pressed = [clock(at) for at in desk.muted_at]
            pressed += [until] if len(pressed) % 2 else []
            mutes.setdefault(desk.agent, []).extend(zip(pressed[::2], pressed[1::2], strict=True))
        return mutes

    # ---- the others

    def _board_differs(self, stored: list[StoredCall]) -> list[str]:
        """Every call was there with its agents and is gone; nothing is said of what a board cannot have seen."""
        again_until(lambda: self.board.sees and not self.board.living, bool, LONG)
        found = [f"{call_id} is still on the board" for call_id in sorted(self.board.living)]
        found += [] if self.board.sees else ["the board has not come back"]
        for each in stored:
            if each.is_whole and self._was_seen(each):
                found += [f"{each.row['call_id']} on the board: {what}" for what in self._shown_otherwise(each)]
        return found

    def _was_seen(self, stored: StoredCall) -> bool:
        """A board that was blind when the call came or went could not be in time."""
        should = min(stored.row["ended_at"] + timedelta(seconds=SHOWN_WITHIN), datetime.now(UTC))
        return self.board.saw_all_of(stored.row["arrived_at"], should)

    def _shown_otherwise(self, stored: StoredCall) -> list[str]:
        return shown_otherwise(self.board.calls.get(stored.row["call_id"]), stored)

    def _cel_differs(self) -> list[str]:
        """`hotline calls verify`, for the calls of this story."""

        def differing() -> list[str]:
            _, differences = checked_since(self.hotline.settings, self.begun, datetime.now(UTC) + 2 * SETTLED)
            return [f"journal and CEL: {asdict(each)}" for each in differences]

        return again_until(differing, lambda found: not found, LONG / 4)

    def _keep(self, **figures: object) -> None:
        """To be read afterwards, also of what agreed."""
        rounded = {name: round(each, 2) if isinstance(each, float) else each for name, each in figures.items()}
        keep({"story": self.story, **rounded})


def keep(figures: dict[str, object]) -> None:
    line = json.dumps(figures, ensure_ascii=False)
    print(line)
    if file := os.environ.get(KEPT):
        with Path(file).open("a", encoding="utf-8") as kept:
            kept.write(line + "\n")


def _heard_in(tape: Tape, call: PhoneCall, tone: float) -> list[Interval]:
    return within(call, tape.heard(tone), datetime.now(UTC))


def _answered(phone: Phone) -> list[PhoneCall]:
    return [call for call in calls_of(phone.events) if call.answered is not None]


def _store_differs(stored: list[StoredCall]) -> list[str]:
    found = [f"{each.row['call_id']} has not ended in the store" for each in stored if not each.is_whole]
    return found + [f"{each.row['call_id']}: {what}" for each in stored for what in sums_differ(each)]

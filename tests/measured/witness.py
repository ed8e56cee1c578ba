"""Beside one case: a tape at every phone and one on the wire; afterwards the case's figures."""

from __future__ import annotations

import contextlib
import itertools
import math
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from hotline.phone.client import Phone, PhoneFailed
from hotline.phone.ear import hear
from hotline.settings import Settings
from tests.measured import findings, on_file
from tests.measured.findings import Agreed, Answer, Gap
from tests.measured.moments import Conversation, conversations_of
from tests.measured.on_file import Segment
from tests.measured.track import Span, Track
from tests.measured.wire import tapped

WHOLE_SECONDS = 5.0
VANISHES = " vanishes"
KEYS_LAST = 1.5
"""Seconds that four keys take at most."""


class Witness:
    """`people` are voices with a tone of their own, `sounds` whatever else may be heard; `by_key` answer with a key."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        people: Mapping[str, float],
        sounds: Mapping[str, float],
        by_key: Collection[str],
    ) -> None:
        self._folder, self.people, self.sounds, self._by_key = folder, people, sounds, by_key
        self.began = time.monotonic()
        self.wire = tapped(settings)
        self._phones: list[tuple[str, Phone, Path]] = []
        self._agreed: list[Agreed] = []
        self._notes: list[tuple[float, str]] = []
        self.tracks: dict[str, Track] = {}
        self.wires: dict[str, Track] = {}
        self.slack = 0.0
        self._ports: dict[str, set[int]] = {}

    # ---- while the case runs

    def hears(self, name: str, phone: Phone) -> None:
        """Its tape runs from now on."""
        if any(known is phone for _, known, _ in self._phones):
            return
        file = self._folder / f"tape-{len(self._phones)}-{name}.wav"
        self._phones.append((name, phone, file))
        phone.tape(file)

    def agreed(self, ears: Mapping[str, set[str]]) -> None:
        """Until this moment each of these ears heard just this, as the case wanted it."""
        self._agreed.append(Agreed(time.monotonic(), {ear: frozenset(heard) for ear, heard in ears.items()}))

    def vanishes(self, name: str) -> None:
        self.noted(name + VANISHES)

    def noted(self, what: str) -> None:
        self._notes.append((time.monotonic(), what))

    def stop(self) -> None:
        """Every tape ends; what a phone that was killed had written stays."""
        for name, phone, file in self._phones:
            with contextlib.suppress(PhoneFailed):  # gone before: its file holds what it heard until then
                phone.stop_tape(file)
            self._take(name, phone, file)
        if self.wire is not None:
            self._ports = self.wire.ports_of(self.people)
            tracks = {name: self.wire.heard_at(ports) for name, ports in self._ports.items()}
            self.wires = {name: track for name, track in tracks.items() if track is not None}

    def _take(self, name: str, phone: Phone, file: Path) -> None:
        """The phone's library closes a file a moment after it says so."""
        mine = {e["event"]: e for e in phone.events if e.get("file") == str(file)}
        began, taped = mine["taping"]["at"], mine.get("taped")
        deadline = time.monotonic() + WHOLE_SECONDS
        heard = hear(file)
        while taped and heard.seconds < 0.95 * taped["seconds"] and time.monotonic() < deadline:
            time.sleep(0.05)
            heard = hear(file)
        if taped:
            self.slack = max(self.slack, taped["stalled"], taped["seconds"] - heard.seconds)
        self.tracks.setdefault(name, Track(heard.samples, began))
        file.unlink()

    # ---- afterwards

    def conversations(self, name: str) -> list[Conversation]:
        phones = [phone for known, phone, _ in self._phones if known == name]
        return [each for phone in phones for each in conversations_of(phone.events, self.began)]

    def answers(self) -> list[Answer]:
        """Of everybody who was called: how soon he heard those who were there, and they him; later clicks count not."""
        found: list[Answer] = []
        for name in self.tracks:
            keys = self._keys(name) if name in self._by_key else []
            for moment in findings.lifted_by(name, self.conversations(name), keys):
                until = next((at for at, _ in self._notes if at > moment.at), math.inf)
                for ear, mouth in findings.pairs_after(moment, self._agreed, until):
                    other = ear if mouth == name else mouth
                    if self._was_there(other, moment.at):
                        track, wire, tone = self.tracks[ear], self.wires.get(ear), self.people[mouth]
                        found.append(findings.answer(moment, ear, mouth, tone, track, wire))
        return found

    def gaps(self) -> list[Gap]:
        """Each ear's longest silence from one agreement on what it hears to the next."""
        tones = list({**self.people, **self.sounds}.values())
        found = []
        for ear, track in self.tracks.items():
            told = [each for each in self._agreed if each.ears.get(ear)]
            for one, other in itertools.pairwise(told):
                if any(one.at < e.at < other.at and ear in e.ears for e in self._agreed):
                    continue  # between them it was to hear nobody
                gone, lost = self._gone(one.at, other.at)
                if ear in gone:
                    continue  # it was another conversation
                meanwhile = tuple(what for at, what in self._notes if one.at < at < other.at)
                keying = self._keying(one.at, other.at)
                kind = findings.kind_of(one.ears[ear], other.ears[ear], gone, lost, frozenset(meanwhile), keying)
                wire = findings.gap(self.wires[ear], tones, (one.at, other.at)) if ear in self.wires else None
                found.append(
                    Gap(
                        ear, kind, findings.gap(track, tones, (one.at, other.at)),
                        tuple(sorted(one.ears[ear])), tuple(sorted(other.ears[ear])),
                        meanwhile, wire,
                    )
                )  # fmt: skip
        return found

    def segments(self, files: Mapping[str, list[Path]]) -> dict[str, list[Segment]]:
        """By file name: every stretch in which this leg heard or was heard. `files` are those of each phone's role."""
        compared: dict[str, list[Segment]] = {}
        for name in self.tracks:
            for each in self.conversations(name):
                span = each.span(self.ended)
                wanted = on_file.sought(self._voices(name), span) if span else {}
                if not any(wanted.values()):
                    continue
                tries = [(file.name, on_file.compared(wanted, self._on_file(file))) for file in files.get(name, [])]
                best = min(tries, key=lambda tried: sum(s.missing for s in tried[1]), default=None)
                nothing = [on_file.Segment(who, s, s[1] - s[0]) for who, spans in wanted.items() for s in spans]
                compared[best[0] if best else f"no recording of {name}"] = best[1] if best else nothing
        return compared

    @property
    def ended(self) -> float:
        return max((track.ended for track in self.tracks.values()), default=self.began)

    def line(self, case: str, files: Mapping[str, list[Path]]) -> dict[str, object]:
        """All of it, for the book."""
        compared = self.segments(files)
        every = [segment for segments in compared.values() for segment in segments]
        lost = [
            f"{case}: {file} lacks {s.speaker} {s.span[0] - self.began:.1f}–{s.span[1] - self.began:.1f} s"
            for file, segments in compared.items() for s in segments if s.lost
        ]  # fmt: skip
        return findings.line(
            case, time.monotonic() - self.began, self.answers(), self.gaps(),
            segments=len(every), lost=lost, slack_ms=round(self.slack * 1000),
            most_missing_ms=round(max((s.missing for s in every), default=0.0) * 1000),
        )  # fmt: skip

    # ---- inside

    def _keys(self, name: str) -> list[float]:
        return self.wire.keys_up(self._ports[name]) if self.wire is not None else []

    def _keying(self, begin: float, end: float) -> frozenset[str]:
        """Whose phone sent keys between two moments: it sends them in place of his voice."""
        return frozenset(
            name
            for name, phone, _ in self._phones
            for event in phone.events
            if event["event"] == "pressed" and begin - KEYS_LAST < event["at"] < end
        )

    def _was_there(self, name: str, at: float) -> bool:
        spans = [each.span(self.ended) for each in self.conversations(name)] if name in self.tracks else []
        return any(span is not None and span[0] <= at <= span[1] for span in spans)

    def _gone(self, begin: float, end: float) -> tuple[frozenset[str], frozenset[str]]:
        """Who left between two moments, and who of them without a word."""
        notes = [what for at, what in self._notes if begin <= at <= end]
        lost = {name for name in self.tracks if name + VANISHES in notes}
        left = {
            name
            for name in self.tracks
            for each in self.conversations(name)
            if each.answered is not None and each.ended is not None and begin <= each.ended <= end
        }
        return frozenset(left | lost), frozenset(lost)

    def _voices(self, name: str) -> dict[str, list[Span]]:
        """Whom this phone heard, and when it was heard itself."""
        heard = {who: self.tracks[name].spans(tone, on_file.BRIDGE) for who, tone in self.people.items() if who != name}
        tone = self.people[name]
        own = [span for other, track in self.tracks.items() if other != name for span in track.spans(tone)]
        return {**heard, name: on_file.merged(own, on_file.BRIDGE)}

    def _on_file(self, file: Path) -> dict[str, list[Span]]:
        track = Track(hear(file).samples, 0.0)
        return {who: track.spans(tone, on_file.BRIDGE) for who, tone in self.people.items()}


@contextlib.contextmanager
def witness(
    settings: Settings, people: Mapping[str, float], sounds: Mapping[str, float], by_key: Collection[str] = ()
) -> Iterator[Witness]:
    """With the wire tapped. Whoever uses it says `stop` before the phones go."""
    with tempfile.TemporaryDirectory(prefix="hl-witness-") as folder:
        it = Witness(settings, Path(folder), people, sounds, by_key)
        if it.wire is None:
            yield it
            return
        with it.wire:
            yield it

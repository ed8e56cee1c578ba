"""Where the figures of every case are kept, a line of JSON each, and what they say together."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.measured.findings import KEPT, NEXT

FOLDER = "HOTLINE_MATRIX_LOG"
PROMISED_MS, A_SECOND_MS = 300, 900

Line = Mapping[str, Any]
_lines: list[Line] = []
_written: list[Path] = []


@dataclass(frozen=True, slots=True)
class Figures:
    """Of so many milliseconds."""

    n: int
    median: int
    p95: int
    worst: int
    over_300: int
    over_900: int


def keep(line: Line, default: Path) -> None:
    """One file a run, so that runs into the same folder stand side by side."""
    if not _written:
        folder = Path(os.environ.get(FOLDER) or default)
        folder.mkdir(parents=True, exist_ok=True)
        _written.append(folder / f"cases-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.jsonl")
    with _written[0].open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    _lines.append(line)


def lines_in(folder: Path) -> Iterator[Line]:
    for file in sorted(folder.glob("*.jsonl")):
        yield from map(json.loads, file.read_text("utf-8").splitlines())


def figures(ms: Iterable[int | None]) -> Figures | None:
    ordered = sorted(each for each in ms if each is not None)
    if not ordered:
        return None
    place = {share: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95)}
    over = [sum(each > limit for each in ordered) for limit in (PROMISED_MS, A_SECOND_MS)]
    return Figures(len(ordered), place[0.5], place[0.95], ordered[-1], *over)


def told(lines: Sequence[Line]) -> list[str]:
    """For a person: what all these cases say together, then every case that says more than was promised."""
    answers = [each for line in lines for each in line["answers"]]
    gaps = [each for line in lines for each in line["gaps"]]
    segments, lost = sum(line["segments"] for line in lines), [each for line in lines for each in line["lost"]]
    said = [
        f"{len(lines)} cases, {sum(line['seconds'] for line in lines) / 60:.0f} min",
        _row("answer → first heard, at the phone", (each["ms"] for each in answers)),
        _row("answer → first heard, on the wire", (each["wire_ms"] for each in answers)),
        f"never heard within 5 s: {sum(each['ms'] is None for each in answers)} of {len(answers)}",
    ]
    for kind in sorted({each["kind"] for each in gaps}, key=[KEPT, NEXT].count, reverse=True):
        said.append(_row(f"longest silence, {kind}", (each["ms"] for each in gaps if each["kind"] == kind)))
        wired = (each["wire_ms"] for each in gaps if each["kind"] == kind)
        said.append(_row(f"longest silence, {kind}, on the wire", wired))
    said.append(f"recordings: {segments} segments of speakers, {len(lost)} lost")
    said += [f"  lost: {each}" for each in lost]
    return said + [remark for line in lines for remark in _remarks(line)]


def summary(lines: Sequence[Line]) -> dict[str, Any]:
    """The same for a machine."""
    answers = [each for line in lines for each in line["answers"]]
    gaps = [each for line in lines for each in line["gaps"]]

    def known(ms: Iterable[int | None]) -> dict[str, int] | None:
        found = figures(ms)
        return asdict(found) if found else None

    return {
        "cases": len(lines),
        "answers": known(each["ms"] for each in answers),
        "answers_on_the_wire": known(each["wire_ms"] for each in answers),
        "gaps": {kind: known(e["ms"] for e in gaps if e["kind"] == kind) for kind in {e["kind"] for e in gaps}},
        "segments": sum(line["segments"] for line in lines),
        "lost": sum(len(line["lost"]) for line in lines),
    }


def tell(write: Any) -> None:
    """At the end of a run, once: the summary, and where the lines are."""
    if _lines:
        for said in told(_lines):
            write(said)
        write(f"kept in {_written[0]}")
    _lines.clear()


def _row(name: str, ms: Iterable[int | None]) -> str:
    found = figures(ms)
    if found is None:
        return f"{name}: nothing measured"
    return (
        f"{name}: n {found.n}, median {found.median} ms, p95 {found.p95} ms, worst {found.worst} ms, "
        f"over 300 ms {found.over_300}, over 900 ms {found.over_900}"
    )


def _remarks(line: Line) -> Iterator[str]:
    stood = f" (a phone stood still for {line['slack_ms']} ms)" if line["slack_ms"] > A_SECOND_MS / 3 else ""
    for each in line["answers"]:
        if each["ms"] is None or each["ms"] > PROMISED_MS:
            pair = f"{each['who']} answers, {each['ear']} hears {each['mouth']}"
            yield f"  {line['case']}: {pair} after {each['ms']} ms, on the wire {each['wire_ms']}{stood}"
    for each in line["gaps"]:
        if each["kind"] == KEPT and each["ms"] > PROMISED_MS:
            change = f"{'+'.join(each['before'])} → {'+'.join(each['after'])}"
            what = f"{change} by {' '.join(each['meanwhile']) or 'nobody'}{stood}"
            yield f"  {line['case']}: {each['ear']} in silence {each['ms']} ms, on the wire {each['wire_ms']}: {what}"


if __name__ == "__main__":
    found = list(lines_in(Path(sys.argv[1])))
    print("\n".join(told(found)))
    print(json.dumps(summary(found), ensure_ascii=False))

"""Recorded AMI streams, each varied N times in four ways: how far the call model is from what was measured."""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.vary import VARIATIONS, Line, unheard
from cti.asterisk import recorded
from hotline.replay import replayed
from tests.cti.truths import FOLDER, Pair, Span, apart, told_by, truth, unmeasured

TOLERATED = 1.2
"""Seconds a pair of ear and mouth may be apart from what was measured."""
GAP = "gap"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variations", type=int, default=1000, metavar="N", help="of each kind, over all streams")
    parser.add_argument("--seed", default="1", help="another seed makes other variations")


def measure(args: argparse.Namespace, home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Streams in turn, so many of each kind; what lies inside a gap cannot be known and is not counted."""
    streams = sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.txt"))
    lines = {stream: recorded.lines(next(FOLDER.glob(f"{stream}.jsonl*"))) for stream in streams}
    results: dict[str, Any] = {}
    for kind in VARIATIONS:
        begun = time.monotonic()
        beyond, worst = Counter[str](), 0.0
        for number in range(args.variations):
            stream = streams[number % len(streams)]
            off = distance(stream, lines[stream], kind, f"{args.seed} {stream} {number}")
            worst = max(worst, off)
            beyond[stream] += off > TOLERATED
        bad = {stream: count for stream, count in beyond.items() if count}
        results[kind] = {
            "variations": args.variations,
            "beyond": sum(bad.values()),
            "worst_s": round(worst, 3),
            "streams": bad,
        }
        say(f"{kind}: {results[kind]} in {time.monotonic() - begun:.0f} s")
    return {"tolerated_s": TOLERATED, **results}


def distance(stream: str, lines: list[Line], kind: str, seed: str) -> float:
    """Seconds that the worst pair of a varied stream is apart from the truth, the gap left out."""
    told = told_by(replayed(recorded.from_lines(VARIATIONS[kind](lines, random.Random(seed)))))
    silence = unheard(lines, random.Random(seed)) if kind == GAP else (0.0, 0.0)
    measured = truth(stream)
    pairs: set[Pair] = {*told, *measured} - unmeasured(stream)
    return max(
        (apart(_outside(told.get(pair, []), silence), _outside(measured.get(pair, []), silence)) for pair in pairs),
        default=0.0,
    )


def _outside(spans: list[Span], silence: Span) -> list[Span]:
    cut = [part for start, end in spans for part in ((start, min(end, silence[0])), (max(start, silence[1]), end))]
    return [(start, end) for start, end in cut if end > start]

"""How long an ear that should hear somebody hears nothing at each change of a three-way talk: figures, printed."""

from __future__ import annotations

import asyncio
import json

import numpy

from hotline.phone.ear import RATE, Heard
from tests.telephony.table import SOUNDS, Table

WINDOW = 0.02
HEARD = 10 ** (-32 / 20)
ROUNDS = 5
NEVER = 99.0
AROUND = ("hold", "swap", "swap", "merge")
"""From merged to merged again."""
ALWAYS = {"caller": ("music", "agent"), "agent": ("caller", "specialist"), "specialist": ("agent", "music")}
"""Through every one of these changes each ear should hear one of these."""


async def test_no_change_of_a_talk_leaves_an_ear_in_silence_and_the_gaps_are_printed(table: Table) -> None:
    """No limit in milliseconds: a slow machine would only make it lie. Read the figures."""
    await table.merged()
    await table.hear(caller="agent specialist", agent="caller specialist", specialist="caller agent")
    gaps: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for change in AROUND:
            async with table.taped(*ALWAYS) as tapes:
                await asyncio.sleep(0.4)
                await table.does(change)
                await asyncio.sleep(1.0)
            gaps.setdefault(change, []).extend(gap(tapes[ear], sounds) for ear, sounds in ALWAYS.items())
    figures = {change: figures_of(each) for change, each in gaps.items()}
    print(json.dumps(figures))
    assert NEVER not in {one for each in gaps.values() for one in each}


def gap(heard: Heard, sounds: tuple[str, ...]) -> float:
    """The longest stretch with none of these sounds, between the first and the last window that has one."""
    size = int(WINDOW * RATE)
    frames = heard.samples[: len(heard.samples) // size * size].reshape(-1, size)
    steps = numpy.arange(size) / RATE
    there = numpy.zeros(len(frames), dtype=bool)
    for sound in sounds:
        there |= 2 * numpy.abs(frames @ numpy.exp(-2j * numpy.pi * SOUNDS[sound] * steps)) / size > HEARD
    places = numpy.flatnonzero(there)
    return float(numpy.diff(places).max() - 1) * WINDOW if len(places) > 1 else NEVER


def figures_of(each: list[float]) -> dict[str, int]:
    ordered = sorted(each)
    return {"n": len(each), "median_ms": round(ordered[len(each) // 2] * 1000), "worst_ms": round(ordered[-1] * 1000)}

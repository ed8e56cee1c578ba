"""`hotline calls replay`: a recorded AMI stream through translate and the call model alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cti.asterisk.message import Message
from cti.asterisk.recorded import ZERO, read, seconds
from cti.asterisk.replay import stories_of
from cti.asterisk.translate import time_of
from cti.core.events import CallEvent
from cti.core.hearing import Heard, ToldLeg, heard, told_legs
from cti.core.ids import CallId, LegId
from cti.core.verdict import verdict


def replayed(messages: Iterable[Message]) -> dict[str, Any]:
    """What the command prints; times are the stream's `dt`."""
    messages = list(messages)
    last = max((time_of(message, ZERO) for message in messages), default=ZERO)
    stories = stories_of(messages)
    return {"calls": [_call(call_id, story.events, seconds(last)) for call_id, story in stories.items()]}


def _call(call_id: CallId, events: Sequence[CallEvent], last: float) -> dict[str, Any]:
    legs = told_legs(events)
    judged = verdict(events)
    return {
        "id": call_id,
        "legs": [_leg(leg, last) for leg in legs],
        "hears": _hears(heard(events), {leg.leg: leg for leg in legs}, last),
        "ended_by": judged.ended_by,
        "outcome": judged.outcome,
    }


def _leg(leg: ToldLeg, last: float) -> dict[str, Any]:
    end = seconds(leg.end) if leg.end else last
    return {"role": leg.role, "channel": leg.channel, "from": seconds(leg.start), "to": end}


def _hears(told: Iterable[Heard], legs: dict[LegId, ToldLeg], last: float) -> list[dict[str, Any]]:
    """By role: two agents of one call are both `agent`, and stretches that touch are one."""
    stretches: dict[tuple[str, str], list[list[float]]] = {}
    for each in told:
        pair = (legs[each.ear].role, legs[each.mouth].role)
        start, end = seconds(each.start), seconds(each.end) if each.end else last
        known = stretches.setdefault(pair, [])
        if known and start <= known[-1][1]:
            known[-1][1] = max(known[-1][1], end)
        else:
            known.append([start, end])
    rows = [
        {"ear": ear, "mouth": mouth, "from": start, "to": end}
        for (ear, mouth), spans in stretches.items()
        for start, end in spans
    ]
    return sorted(rows, key=lambda row: (row["from"], row["ear"], row["mouth"]))


def show(path: Path, *, as_json: bool) -> int:
    """Print the calls of a stream. Raises OSError and UnreadableStream."""
    told = replayed(read(path))
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for call in told["calls"]:
        print(f"{call['id']}  结束方 {call['ended_by']}  结果 {call['outcome']}")
        for leg in call["legs"]:
            print(f"  {leg['from']:8.3f}-{leg['to']:8.3f}  {leg['role']:10} {leg['channel']}")
        for row in call["hears"]:
            print(f"  {row['from']:8.3f}-{row['to']:8.3f}  {row['ear']} 听见 {row['mouth']}")
    return 0

"""Reads recorded AMI streams as the protocol would have handed them on."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cti.asterisk.message import call_id_of
from cti.asterisk.translate import WANTED, translate
from cti.core.call import Call, UnexpectedEvent
from cti.core.events import CallEvent
from cti.core.story import Story

FOLDER = Path(__file__).parents[1] / "fixtures" / "ami"
ZERO = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STREAMS = (
    "ivr_abandon",
    "queue_abandon",
    "agent_hangs_up",
    "allsoftmix_agent_hangs_up",
    "hold_retrieve",
    "browser_killed",
)


@cache
def messages(stream: str) -> tuple[dict[str, str], ...]:
    """Wanted messages, stamped as `timestampevents` would; `dt` 0 is ZERO."""
    lines = (FOLDER / f"{stream}.jsonl").read_text("utf-8").splitlines()
    return tuple(_message(json.loads(line)) for line in lines if json.loads(line)["Event"].encode() in WANTED)


def _message(recorded: dict[str, object]) -> dict[str, str]:
    message: dict[str, str] = {}
    for name, value in recorded.items():
        if isinstance(value, list):
            message |= {f"{name}({variable})": text for variable, _, text in (each.partition("=") for each in value)}
        elif name not in {"t", "dt"}:
            message[name] = str(value)
    at = ZERO + timedelta(seconds=float(str(recorded["dt"])))
    return message | {"Timestamp": f"{at.timestamp():.6f}"}


def told(stream: list[dict[str, str]] | tuple[dict[str, str], ...]) -> dict[str, Story]:
    """The stories that messages tell, without any engine."""
    stories: dict[str, Story] = {}
    for message in stream:
        call_id = call_id_of(message)
        story = stories.get(call_id, Story())
        at = datetime.fromtimestamp(float(message["Timestamp"]), UTC)
        for event in translate(message, story.call_at(at), ZERO):
            if not story.knows(event):
                with suppress(UnexpectedEvent):
                    story = story.with_event(event)[0]
        if story.call is not None:
            stories[call_id] = story
    return stories


@cache
def one(stream: str) -> tuple[Call, tuple[CallEvent, ...]]:
    """The one call of a stream and its events."""
    (story,) = told(messages(stream)).values()
    assert story.call is not None
    return story.call, story.events


def seconds(event: CallEvent) -> float:
    return (event.at - ZERO).total_seconds()

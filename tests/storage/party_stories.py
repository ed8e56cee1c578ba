"""Rows of events as the drainer reads them, made from the core's own events so that no field can be forgotten."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cti.core.codec import encode
from cti.core.events import CallArrived, CallEvent
from cti.core.ports import JournalEntry
from storage.fields import Fields, new_hash_key, new_keyring
from storage.project import EventRow
from tests.storage.stories import EPOCH, NOON, NUMBER, call_id

KEYS = Fields(new_keyring(), new_hash_key(), "demo")
CALLER, AGENT, SPECIALIST, OPERATOR = (f"demo-1-{EPOCH}.{n}" for n in (1, 2, 3, 4))


def said(
    kind: type[CallEvent], after: float = 0, /, *, call: str = "", keys: Fields = KEYS, **body: Any
) -> JournalEntry:
    """One event of the core, `after` seconds past noon, as the journal keeps it."""
    event = kind(call_id=call or call_id(), at=NOON + timedelta(seconds=after), **body)  # type: ignore[arg-type]
    return encode(event, keys)


def row(entry: JournalEntry) -> EventRow:
    return EventRow(
        centre_id="demo",
        node_id="demo-1",
        at=entry.at,
        kind=entry.kind,
        call_id=entry.call_id,
        agent_id=entry.agent_id,
        body=entry.body,
    )


def arrives(
    *,
    number: str = NUMBER,
    name: str = "张三",
    call: str = "",
    after: float = 0,
    keys: Fields = KEYS,
    trunk: str = "test",
) -> JournalEntry:

    given = {"dialled": "12345", "diverted_from": "", "trunk": trunk, "caller_channel": "PJSIP/test-1"}
    leg = (call or call_id()).removeprefix("HC")
    return said(CallArrived, after, call=call, keys=keys, number=number, name=name, caller_leg=leg, **given)


def shuffled(entries: Sequence[JournalEntry], seed: int) -> list[JournalEntry]:
    mixed = list(entries)
    random.Random(seed).shuffle(mixed)
    return mixed

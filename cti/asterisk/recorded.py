"""Reads a recorded AMI stream as the protocol would have handed it on, in the order of its stamps."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cti.asterisk.message import CALL_ID, ROLE, Message

ZERO = datetime(2000, 1, 1, tzinfo=UTC)
"""Where `dt` 0 is put: a stream tells seconds, events have times."""
NOT_HEADERS = frozenset({"t", "dt"})
ZIPPED = b"\x1f\x8b"
PHONE = "PJSIP/"
TRANSFER_CONTEXT = "hl-xfer"
"""Of the recorded dialplans: the caller is sent to another queue or to another centre."""


Recorded = dict[str, Any]


class UnreadableStream(ValueError):
    """The text names file and line."""


def read(path: Path) -> list[Message]:
    """Messages of a JSONL stream (plain or gzipped). Raises OSError, UnreadableStream."""
    return from_lines(lines(path))


def lines(path: Path) -> list[Recorded]:
    """The lines as they stand. Raises OSError, UnreadableStream."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if raw.startswith(ZIPPED) else raw
    found: list[Recorded] = []
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        if line.strip():
            try:
                found.append(_checked(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise UnreadableStream(f"{path}:{number}: {error!r}") from None
    return found


def _checked(line: Any) -> Recorded:
    float(line["dt"])
    return dict(line)


def from_lines(recorded: Iterable[Recorded]) -> list[Message]:
    """In the order of their stamps, each once."""
    once = {json.dumps(line, sort_keys=True): line for line in recorded}
    return _with_centres([message(line) for line in sorted(once.values(), key=lambda line: float(line["dt"]))])


def seconds(at: datetime) -> float:
    """`dt` of a time in a stream."""
    return round((at - ZERO).total_seconds(), 6)


def message(recorded: Mapping[str, Any]) -> dict[str, str]:
    """One line of a stream as headers; its `dt` becomes the stamp that `timestampevents` writes."""
    headers: dict[str, str] = {}
    for name, value in recorded.items():
        if isinstance(value, list):
            headers |= {f"{name}({variable})": text for variable, _, text in map(_pair, value)}
        elif name not in NOT_HEADERS:
            headers[name] = str(value)
    at = ZERO + timedelta(seconds=float(recorded["dt"]))
    return headers | {"Timestamp": f"{at.timestamp():.6f}"}


def _pair(text: object) -> tuple[str, str, str]:
    return str(text).partition("=")


def _with_centres(messages: list[dict[str, str]]) -> list[Message]:
    """The recorded dialplans give no role to the leg to another centre: a party in a bridge of the call without one."""
    named = {each.get("Uniqueid", "") for each in messages if each.get(ROLE)}
    centres = {
        each.get("Uniqueid", "")
        for each in messages
        if (each.get("BridgeUniqueid") or each.get("BridgeId")) and each.get("Channel", "").startswith(PHONE)
    } - named
    return [
        each | {ROLE: "centre"} if each.get(CALL_ID) and each.get("Uniqueid") in centres else each for each in messages
    ]

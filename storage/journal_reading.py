"""The local journal read by another process: nothing is written, nothing waits."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from cti.core.ports import JournalEntry

READ = "SELECT at, kind, call_id, agent_id, body FROM journal WHERE call_id IS NOT NULL AND at >= ?{kinds} ORDER BY n"


def call_entries(path: Path, since: datetime, kinds: Collection[str] = ()) -> Iterator[JournalEntry]:
    """Rows about calls (of these `kinds` alone, if any), oldest first. Raises OSError when there is no journal."""
    if not path.exists():
        raise FileNotFoundError(f"没有本地日志 (no journal): {path}")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as disk:
        found = disk.execute(READ.format(kinds=_among(kinds)), (since.isoformat(), *kinds))
        for at, kind, call_id, agent_id, body in found:
            yield JournalEntry(
                kind=kind, at=datetime.fromisoformat(at), call_id=call_id, agent_id=agent_id, body=json.loads(body)
            )


def _among(kinds: Collection[str]) -> str:
    return f" AND kind IN ({','.join('?' * len(kinds))})" if kinds else ""

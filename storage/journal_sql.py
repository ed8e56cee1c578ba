"""What is said to SQLite about the local journal."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    centre_id TEXT NOT NULL, node_id TEXT NOT NULL, run_id TEXT NOT NULL, seq INTEGER NOT NULL,
    at TEXT NOT NULL, kind TEXT NOT NULL, call_id TEXT, agent_id TEXT, body TEXT NOT NULL,
    UNIQUE (centre_id, node_id, run_id, seq));
CREATE TABLE IF NOT EXISTS cursor (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refused (n INTEGER PRIMARY KEY, reason TEXT NOT NULL);
"""
# AUTOINCREMENT: after pruning, a reused row number would lie behind the drainer's cursor and be lost.

INSERT = (
    "INSERT OR IGNORE INTO journal (centre_id, node_id, run_id, seq, at, kind, call_id, agent_id, body)"
    " VALUES (?,?,?,?,?,?,?,?,?)"
)
MOVE = "INSERT INTO cursor VALUES (?,?) ON CONFLICT (name) DO UPDATE SET n = max(n, excluded.n)"

REFUSE = "INSERT OR REPLACE INTO refused VALUES (?,?)"
PRUNE = (
    "DELETE FROM journal WHERE n <= (SELECT coalesce(max(n), 0) FROM cursor WHERE name = ?)"
    " AND at < ? AND n NOT IN (SELECT n FROM refused)"
)
UNFINISHED = (
    "SELECT call_id FROM journal WHERE n > ? AND kind = 'CallArrived' AND call_id IS NOT NULL EXCEPT"
    " SELECT call_id FROM journal WHERE n > ? AND kind IN ('CallerHungUp', 'CallCut')"
)
UNCLOSED = (
    "SELECT call_id, json_extract(body, '$.leg') FROM journal WHERE n > ? AND kind = 'RecordingStarted' EXCEPT"
    " SELECT call_id, json_extract(body, '$.leg') FROM journal WHERE n > ? AND kind = 'RecordingClosed'"
)

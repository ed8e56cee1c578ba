"""Every table of the store; `centre_id` is in each primary, unique and foreign key, so that it can be spread.

Tables that will be partitioned by month carry `created_month` in those keys too. Numbers and names of callers
are three columns: ciphertext, key id and (where they are looked up) a keyed hash. A case's own text is clear:
it is what handlers work with, and may hold whatever the caller said.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from storage.columns import at, centre, count, flag, metadata, month, needed, sealed, within
from storage.party_tables import (
    call_legs,
    call_segments,
    callbacks,
    emergencies,
    recording_pauses,
    three_ways,
    transfers,
)

__all__ = [
    "PARTITIONED",
    "agents",
    "audit",
    "call_legs",
    "call_segments",
    "callbacks",
    "calls",
    "case_calls",
    "case_log",
    "case_numbers",
    "case_saves",
    "cases",
    "centres",
    "drafts",
    "emergencies",
    "events",
    "metadata",
    "nodes",
    "recording_pauses",
    "recordings",
    "three_ways",
    "transfers",
]

PARTITIONED = (
    *("events", "calls", "recordings", "cases", "case_log", "case_calls", "audit"),
    *("call_legs", "call_segments", "three_ways", "emergencies", "transfers", "recording_pauses", "callbacks"),
)
"""Tables that will be cut into months: `created_month` is in all their keys."""

centres = Table(
    "centres",
    metadata,
    centre(),
    needed("name", Text),
    needed("case_prefix", Text),  # what printed case numbers begin with
    needed("created_at", DateTime(timezone=True), server_default=func.now()),
    PrimaryKeyConstraint("centre_id"),
)

nodes = Table(
    "nodes",
    metadata,
    centre(),
    needed("node_id", Text),
    needed("created_at", DateTime(timezone=True), server_default=func.now()),
    PrimaryKeyConstraint("centre_id", "node_id"),
    within("centre_id", table="centres"),
)

agents = Table(
    "agents",
    metadata,
    centre(),
    needed("agent_id", Text),  # the extension, four digits
    needed("name", Text),
    needed("name_initials", Text),  # no server here has ICU collations: names are sorted by pinyin
    needed("password_hash", Text),
    needed("roles", ARRAY(Text)),
    needed("queues", ARRAY(Text)),
    needed("sip_generation", Integer, server_default=text("1")),
    flag("disabled"),
    needed("created_at", DateTime(timezone=True), server_default=func.now()),
    at("password_changed_at"),
    PrimaryKeyConstraint("centre_id", "agent_id"),
    within("centre_id", table="centres"),
)

# No foreign keys to centres below: a key-share lock on one centre's row for each event is a hot spot.
events = Table(
    "events",
    metadata,
    centre(),
    month(),
    needed("node_id", Text),
    needed("run_id", Text),
    needed("seq", BigInteger),
    at("at", needed=True),
    needed("kind", Text),
    Column("call_id", Text),
    Column("agent_id", Text),
    needed("body", JSONB),
    PrimaryKeyConstraint("centre_id", "created_month", "node_id", "run_id", "seq"),
    Index("ix_events_call", "centre_id", "call_id", postgresql_where=text("call_id IS NOT NULL")),
)

calls = Table(
    "calls",
    metadata,
    centre(),
    month(),
    needed("call_id", Text),
    needed("node_id", Text),
    *sealed("number"),
    Column("number_hash", LargeBinary),
    *sealed("name"),
    Column("dialled", Text),
    Column("diverted_from", Text),
    Column("trunk", Text),
    Column("keys_pressed", Text),
    Column("queue", Text),
    Column("agent_id", Text),
    at("arrived_at"),
    at("joined_at"),
    at("answered_at"),
    at("talking_since"),
    at("held_since"),
    at("ended_at"),
    Column("wait_s", Float),
    count("talk_s", Float),
    count("hold_s", Float),
    flag("fallback"),
    Column("outcome", Text),  # abandoned_in_menu | abandoned_in_queue | answered | transferred | emergency | cut
    Column("hang_up_cause", Text),
    Column("ended_by", Text),  # caller | agent | specialist | emergency | system | unknown
    PrimaryKeyConstraint("centre_id", "created_month", "call_id"),
    Index("ix_calls_number", "centre_id", "number_hash", "arrived_at"),
    Index("ix_calls_agent", "centre_id", "agent_id", "arrived_at"),
    Index("ix_calls_arrived", "centre_id", "arrived_at"),
)

recordings = Table(
    "recordings",
    metadata,
    centre(),
    month(),
    needed("recording_id", Uuid),
    needed("call_id", Text),
    needed("leg", Text),
    needed("role", Text),
    needed("state", Text),  # recording | closed | damaged | missing | expired
    Column("uri", Text),  # relative to HOTLINE_HOME, or with a scheme once recordings live elsewhere
    Column("sha256", Text),
    Column("bytes", BigInteger),
    Column("seconds", Float),
    at("started_at"),
    at("closed_at"),
    Column("fault", Text),  # what was found: gone | size | header | short | long | seal | repaired
    at("sealed_at"),
    PrimaryKeyConstraint("centre_id", "created_month", "recording_id"),
    Index("ix_recordings_call", "centre_id", "call_id"),
    Index("ix_recordings_id", "centre_id", "recording_id"),
    Index("ix_recordings_clear", "centre_id", "closed_at", postgresql_where=text("sealed_at IS NULL")),
)

cases = Table(
    "cases",
    metadata,
    centre(),
    month(),
    needed("case_id", Uuid),  # UUIDv7, made by the program that takes the case
    needed("number", Text),  # the printed number, given when the case reaches the store
    needed("kind", Text),
    needed("status", Text),
    needed("title", Text),
    needed("text", Text),
    needed("class_code", Text),
    needed("district", Text),
    needed("place", Text, server_default=text("''")),  # where it happened, in the caller's words
    needed("urgency", Text),
    flag("confidential"),
    needed("outcome", Text),
    needed("answer", Text, server_default=text("''")),
    Column("department", Text),
    *sealed("caller_number"),
    Column("number_hash", LargeBinary),
    *sealed("caller_name"),
    needed("created_by", Text),
    at("created_at", needed=True),
    at("dispatched_at"),
    at("due_at"),
    flag("due_provisional"),  # the State Council calendar of a year in question was not yet published
    at("closed_at"),
    PrimaryKeyConstraint("centre_id", "created_month", "case_id"),
    UniqueConstraint("centre_id", "created_month", "number"),
    Index(
        "ix_cases_open_number",
        "centre_id",
        "number_hash",
        "due_at",
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("ix_cases_open_due", "centre_id", "status", "due_at", postgresql_where=text("closed_at IS NULL")),
    Index("ix_cases_number_hash", "centre_id", "number_hash", "created_at"),
    Index("ix_cases_created_by", "centre_id", "created_by", "created_at"),
)

case_saves = Table(
    "case_saves",  # which case an idempotency key has already become; never cut into months: keys cross them
    metadata,
    centre(),
    needed("idempotency", Uuid),
    needed("created_month", Date),
    needed("case_id", Uuid),
    PrimaryKeyConstraint("centre_id", "idempotency"),
    within("centre_id", "created_month", "case_id", table="cases"),
)

case_log = Table(
    "case_log",  # a trigger refuses UPDATE and DELETE
    metadata,
    centre(),
    month(),
    needed("case_id", Uuid),
    needed("entry_no", Integer),
    at("at", needed=True),
    needed("actor", Text),
    needed("step", Text),
    Column("status_before", Text),
    needed("status_after", Text),
    needed("note", Text, server_default=text("''")),
    PrimaryKeyConstraint("centre_id", "created_month", "case_id", "entry_no"),
    within("centre_id", "created_month", "case_id", table="cases"),
)

# No foreign key to calls: a case may be saved before the drainer has brought its call.
case_calls = Table(
    "case_calls",
    metadata,
    centre(),
    month(),
    needed("case_id", Uuid),
    needed("call_id", Text),
    at("linked_at", needed=True),
    PrimaryKeyConstraint("centre_id", "created_month", "case_id", "call_id"),
    within("centre_id", "created_month", "case_id", table="cases"),
    Index("ix_case_calls_call", "centre_id", "call_id"),
)

drafts = Table(
    "drafts",
    metadata,
    centre(),
    needed("agent_id", Text),
    needed("call_id", Text),
    needed("version", Integer),
    needed("fields", JSONB),
    at("saved_at", needed=True),
    PrimaryKeyConstraint("centre_id", "agent_id", "call_id"),
    within("centre_id", "agent_id", table="agents"),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    centre(),
    needed("day", Date),  # local day
    needed("last", Integer),
    PrimaryKeyConstraint("centre_id", "day"),
)

audit = Table(
    "audit",  # append-only like case_log; each row carries the hash of the row before it
    metadata,
    centre(),
    month(),
    needed("place", BigInteger),
    at("at", needed=True),
    needed("actor", Text),
    needed("act", Text),
    needed("subject", Text),
    needed("body", JSONB),
    needed("link", LargeBinary),
    PrimaryKeyConstraint("centre_id", "created_month", "place"),
    Index("ix_audit_actor", "centre_id", "actor", "at"),
)

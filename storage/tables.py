"""Every table of the store; `centre_id` is in each primary, unique and foreign key, so that it can be spread.

Tables that will be partitioned by month carry `created_month` in those keys too. Numbers and names of callers
are three columns: ciphertext, key id and (where they are looked up) a keyed hash. A case's own text is clear:
it is what handlers work with, and may hold whatever the caller said.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

PARTITIONED = ("events", "calls", "recordings", "cases", "case_log", "case_calls", "audit")
"""Tables that will be cut into months: `created_month` is in all their keys."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _centre() -> Column[Any]:
    return Column("centre_id", Text, nullable=False)


def _month() -> Column[Any]:
    """The first day of the month (UTC) that the row's own id tells: an update never has to search months."""
    return Column("created_month", Date, nullable=False)


def _needed(name: str, kind: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


def _at(name: str, *, needed: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=not needed)


def _flag(name: str) -> Column[Any]:
    return _needed(name, Boolean, server_default=text("false"))


def _count(name: str, kind: Any = Integer) -> Column[Any]:
    return _needed(name, kind, server_default=text("0"))


def _sealed(name: str) -> list[Column[Any]]:
    return [Column(f"{name}_sealed", LargeBinary), Column(f"{name}_key", Text)]


def _within(*keys: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(keys, [f"{table}.{key}" for key in keys])


centres = Table(
    "centres",
    metadata,
    _centre(),
    _needed("name", Text),
    _needed("case_prefix", Text),  # what printed case numbers begin with
    _needed("created_at", DateTime(timezone=True), server_default=func.now()),
    PrimaryKeyConstraint("centre_id"),
)

nodes = Table(
    "nodes",
    metadata,
    _centre(),
    _needed("node_id", Text),
    _needed("created_at", DateTime(timezone=True), server_default=func.now()),
    PrimaryKeyConstraint("centre_id", "node_id"),
    _within("centre_id", table="centres"),
)

agents = Table(
    "agents",
    metadata,
    _centre(),
    _needed("agent_id", Text),  # the extension, four digits
    _needed("name", Text),
    _needed("name_initials", Text),  # no server here has ICU collations: names are sorted by pinyin
    _needed("password_hash", Text),
    _needed("roles", ARRAY(Text)),
    _needed("queues", ARRAY(Text)),
    _needed("sip_generation", Integer, server_default=text("1")),
    _flag("disabled"),
    _needed("created_at", DateTime(timezone=True), server_default=func.now()),
    _at("password_changed_at"),
    PrimaryKeyConstraint("centre_id", "agent_id"),
    _within("centre_id", table="centres"),
)

# No foreign keys to centres below: a key-share lock on one centre's row for each event is a hot spot.
events = Table(
    "events",
    metadata,
    _centre(),
    _month(),
    _needed("node_id", Text),
    _needed("run_id", Text),
    _needed("seq", BigInteger),
    _at("at", needed=True),
    _needed("kind", Text),
    Column("call_id", Text),
    Column("agent_id", Text),
    _needed("body", JSONB),
    PrimaryKeyConstraint("centre_id", "created_month", "node_id", "run_id", "seq"),
    Index("ix_events_call", "centre_id", "call_id", postgresql_where=text("call_id IS NOT NULL")),
)

calls = Table(
    "calls",
    metadata,
    _centre(),
    _month(),
    _needed("call_id", Text),
    _needed("node_id", Text),
    *_sealed("number"),
    Column("number_hash", LargeBinary),
    *_sealed("name"),
    Column("dialled", Text),
    Column("diverted_from", Text),
    Column("trunk", Text),
    Column("keys_pressed", Text),
    Column("queue", Text),
    Column("agent_id", Text),
    _at("arrived_at"),
    _at("joined_at"),
    _at("answered_at"),
    _at("talking_since"),
    _at("held_since"),
    _at("ended_at"),
    Column("wait_s", Float),
    _count("talk_s", Float),
    _count("hold_s", Float),
    _flag("fallback"),
    Column("outcome", Text),  # abandoned_in_menu | abandoned_in_queue | answered | cut
    Column("hang_up_cause", Text),
    PrimaryKeyConstraint("centre_id", "created_month", "call_id"),
    Index("ix_calls_number", "centre_id", "number_hash", "arrived_at"),
    Index("ix_calls_agent", "centre_id", "agent_id", "arrived_at"),
    Index("ix_calls_arrived", "centre_id", "arrived_at"),
)

recordings = Table(
    "recordings",
    metadata,
    _centre(),
    _month(),
    _needed("recording_id", Uuid),
    _needed("call_id", Text),
    _needed("leg", Text),
    _needed("role", Text),
    _needed("state", Text),  # recording | closed | damaged | missing
    Column("uri", Text),  # relative to HOTLINE_HOME, or with a scheme once recordings live elsewhere
    Column("sha256", Text),
    Column("bytes", BigInteger),
    Column("seconds", Float),
    _at("started_at"),
    _at("closed_at"),
    PrimaryKeyConstraint("centre_id", "created_month", "recording_id"),
    Index("ix_recordings_call", "centre_id", "call_id"),
    Index("ix_recordings_id", "centre_id", "recording_id"),
)

cases = Table(
    "cases",
    metadata,
    _centre(),
    _month(),
    _needed("case_id", Uuid),  # UUIDv7, made by the program that takes the case
    _needed("number", Text),  # the printed number, given when the case reaches the store
    _needed("kind", Text),
    _needed("status", Text),
    _needed("title", Text),
    _needed("text", Text),
    _needed("class_code", Text),
    _needed("district", Text),
    _needed("urgency", Text),
    _flag("confidential"),
    _needed("outcome", Text),
    _needed("answer", Text, server_default=text("''")),
    Column("department", Text),
    *_sealed("caller_number"),
    Column("number_hash", LargeBinary),
    *_sealed("caller_name"),
    _needed("created_by", Text),
    _at("created_at", needed=True),
    _at("dispatched_at"),
    _at("due_at"),
    _flag("due_provisional"),  # the State Council calendar of a year in question was not yet published
    _at("closed_at"),
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
    _centre(),
    _needed("idempotency", Uuid),
    _needed("created_month", Date),
    _needed("case_id", Uuid),
    PrimaryKeyConstraint("centre_id", "idempotency"),
    _within("centre_id", "created_month", "case_id", table="cases"),
)

case_log = Table(
    "case_log",  # a trigger refuses UPDATE and DELETE
    metadata,
    _centre(),
    _month(),
    _needed("case_id", Uuid),
    _needed("entry_no", Integer),
    _at("at", needed=True),
    _needed("actor", Text),
    _needed("step", Text),
    Column("status_before", Text),
    _needed("status_after", Text),
    _needed("note", Text, server_default=text("''")),
    PrimaryKeyConstraint("centre_id", "created_month", "case_id", "entry_no"),
    _within("centre_id", "created_month", "case_id", table="cases"),
)

# No foreign key to calls: a case may be saved before the drainer has brought its call.
case_calls = Table(
    "case_calls",
    metadata,
    _centre(),
    _month(),
    _needed("case_id", Uuid),
    _needed("call_id", Text),
    _at("linked_at", needed=True),
    PrimaryKeyConstraint("centre_id", "created_month", "case_id", "call_id"),
    _within("centre_id", "created_month", "case_id", table="cases"),
    Index("ix_case_calls_call", "centre_id", "call_id"),
)

drafts = Table(
    "drafts",
    metadata,
    _centre(),
    _needed("agent_id", Text),
    _needed("call_id", Text),
    _needed("version", Integer),
    _needed("fields", JSONB),
    _at("saved_at", needed=True),
    PrimaryKeyConstraint("centre_id", "agent_id", "call_id"),
    _within("centre_id", "agent_id", table="agents"),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    _centre(),
    _needed("day", Date),  # local day
    _needed("last", Integer),
    PrimaryKeyConstraint("centre_id", "day"),
)

audit = Table(
    "audit",  # append-only like case_log; each row carries the hash of the row before it
    metadata,
    _centre(),
    _month(),
    _needed("place", BigInteger),
    _at("at", needed=True),
    _needed("actor", Text),
    _needed("act", Text),
    _needed("subject", Text),
    _needed("body", JSONB),
    _needed("link", LargeBinary),
    PrimaryKeyConstraint("centre_id", "created_month", "place"),
    Index("ix_audit_actor", "centre_id", "actor", "at"),
)

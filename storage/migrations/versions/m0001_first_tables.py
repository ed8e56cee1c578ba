"""The first tables: centres, calls and their events, cases, and what is kept about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("case_log", "audit")
REFUSAL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
REFUSE = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    op.execute(REFUSAL)
    op.create_table(
        "audit",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "place", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_actor", "audit", ["centre_id", "actor", "at"], unique=False)
    op.create_table(
        "calls",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number_key", sa.Text(), nullable=True),
        sa.Column("number_hash", sa.LargeBinary(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("dialled", sa.Text(), nullable=True),
        sa.Column("diverted_from", sa.Text(), nullable=True),
        sa.Column("trunk", sa.Text(), nullable=True),
        sa.Column("keys_pressed", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talking_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wait_s", sa.Float(), nullable=True),
        sa.Column("talk_s", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("hold_s", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("fallback", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("hang_up_cause", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_agent", "calls", ["centre_id", "agent_id", "arrived_at"], unique=False)
    op.create_index("ix_calls_arrived", "calls", ["centre_id", "arrived_at"], unique=False)
    op.create_index("ix_calls_number", "calls", ["centre_id", "number_hash", "arrived_at"], unique=False)
    op.create_table(
        "case_numbers",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("centre_id", "day", name=op.f("pk_case_numbers")),
    )
    op.create_table(
        "cases",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("confidential", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("caller_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("caller_number_key", sa.Text(), nullable=True),
        sa.Column("number_hash", sa.LargeBinary(), nullable=True),
        sa.Column("caller_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("caller_name_key", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "case_id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "centre_id", "created_month", "number", name=op.f("uq_cases_centre_id_created_month_number")
        ),
    )
    op.create_index("ix_cases_created_by", "cases", ["centre_id", "created_by", "created_at"], unique=False)
    op.create_index("ix_cases_number_hash", "cases", ["centre_id", "number_hash", "created_at"], unique=False)
    op.create_index(
        "ix_cases_open_due",
        "cases",
        ["centre_id", "status", "due_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_cases_open_number",
        "cases",
        ["centre_id", "number_hash", "due_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "centres",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("case_prefix", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("centre_id", name=op.f("pk_centres")),
    )
    op.create_table(
        "events",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "node_id", "run_id", "seq", name=op.f("pk_events")),
    )
    op.create_index(
        "ix_events_call",
        "events",
        ["centre_id", "call_id"],
        unique=False,
        postgresql_where=sa.text("call_id IS NOT NULL"),
    )
    op.create_table(
        "recordings",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "recording_id", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_call", "recordings", ["centre_id", "call_id"], unique=False)
    op.create_index("ix_recordings_id", "recordings", ["centre_id", "recording_id"], unique=False)
    op.create_table(
        "agents",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_initials", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("queues", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sip_generation", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.centre_id"], name=op.f("fk_agents_centres")),
        sa.PrimaryKeyConstraint("centre_id", "agent_id", name=op.f("pk_agents")),
    )
    op.create_table(
        "case_calls",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id", "created_month", "case_id"],
            ["cases.centre_id", "cases.created_month", "cases.case_id"],
            name=op.f("fk_case_calls_cases"),
        ),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "case_id", "call_id", name=op.f("pk_case_calls")),
    )
    op.create_index("ix_case_calls_call", "case_calls", ["centre_id", "call_id"], unique=False)
    op.create_table(
        "case_log",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("entry_no", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("status_before", sa.Text(), nullable=True),
        sa.Column("status_after", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id", "created_month", "case_id"],
            ["cases.centre_id", "cases.created_month", "cases.case_id"],
            name=op.f("fk_case_log_cases"),
        ),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "case_id", "entry_no", name=op.f("pk_case_log")),
    )
    op.create_table(
        "case_saves",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("idempotency", sa.Uuid(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id", "created_month", "case_id"],
            ["cases.centre_id", "cases.created_month", "cases.case_id"],
            name=op.f("fk_case_saves_cases"),
        ),
        sa.PrimaryKeyConstraint("centre_id", "idempotency", name=op.f("pk_case_saves")),
    )
    op.create_table(
        "nodes",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.centre_id"], name=op.f("fk_nodes_centres")),
        sa.PrimaryKeyConstraint("centre_id", "node_id", name=op.f("pk_nodes")),
    )
    op.create_table(
        "drafts",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre_id", "agent_id"], ["agents.centre_id", "agents.agent_id"], name=op.f("fk_drafts_agents")
        ),
        sa.PrimaryKeyConstraint("centre_id", "agent_id", "call_id", name=op.f("pk_drafts")),
    )
    for table in APPEND_ONLY:
        op.execute(REFUSE.format(table=table))


def downgrade() -> None:
    op.drop_table("drafts")
    op.drop_table("nodes")
    op.drop_table("case_saves")
    op.drop_table("case_log")
    op.drop_index("ix_case_calls_call", table_name="case_calls")
    op.drop_table("case_calls")
    op.drop_table("agents")
    op.drop_index("ix_recordings_id", table_name="recordings")
    op.drop_index("ix_recordings_call", table_name="recordings")
    op.drop_table("recordings")
    op.drop_index("ix_events_call", table_name="events", postgresql_where=sa.text("call_id IS NOT NULL"))
    op.drop_table("events")
    op.drop_table("centres")
    op.drop_index("ix_cases_open_number", table_name="cases", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_index("ix_cases_open_due", table_name="cases", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_index("ix_cases_number_hash", table_name="cases")
    op.drop_index("ix_cases_created_by", table_name="cases")
    op.drop_table("cases")
    op.drop_table("case_numbers")
    op.drop_index("ix_calls_number", table_name="calls")
    op.drop_index("ix_calls_arrived", table_name="calls")
    op.drop_index("ix_calls_agent", table_name="calls")
    op.drop_table("calls")
    op.drop_index("ix_audit_actor", table_name="audit")
    op.drop_table("audit")
    op.execute("DROP FUNCTION refuse_change()")

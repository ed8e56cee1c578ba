"""The parties of a call: legs, segments, three-way, emergency, transfer, pauses of recording, missed calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_legs",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("not_reached", sa.Text(), nullable=True),
        sa.Column("talk_s", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", "leg", name=op.f("pk_call_legs")),
    )
    op.create_index("ix_call_legs_party", "call_legs", ["centre_id", "role", "party", "from_at"], unique=False)
    op.create_table(
        "call_segments",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bridge", sa.Text(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", "place", name=op.f("pk_call_segments")),
    )
    op.create_table(
        "callbacks",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number_key", sa.Text(), nullable=True),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_outcome", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_as", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_call_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", name=op.f("pk_callbacks")),
    )
    op.create_index("ix_callbacks_number", "callbacks", ["centre_id", "number_hash", "missed_at"], unique=False)
    op.create_index(
        "ix_callbacks_open",
        "callbacks",
        ["centre_id", "missed_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "emergencies",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("pressed_by", sa.Text(), nullable=True),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("route", sa.Text(), nullable=True),
        sa.Column("leg", sa.Text(), nullable=True),
        sa.Column("tried", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", "place", name=op.f("pk_emergencies")),
    )
    op.create_index("ix_emergencies_pressed", "emergencies", ["centre_id", "pressed_at"], unique=False)
    op.create_table(
        "recording_pauses",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", "place", name=op.f("pk_recording_pauses")),
    )
    op.create_table(
        "three_ways",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leg", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talked_s", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", "place", name=op.f("pk_three_ways")),
    )
    op.create_index("ix_three_ways_department", "three_ways", ["centre_id", "department", "asked_at"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("created_month", sa.Date(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("warm", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("centre_id", "created_month", "call_id", "place", name=op.f("pk_transfers")),
    )
    op.add_column("calls", sa.Column("ended_by", sa.Text(), nullable=True))
    op.add_column("recordings", sa.Column("fault", sa.Text(), nullable=True))
    op.add_column("recordings", sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_recordings_clear",
        "recordings",
        ["centre_id", "closed_at"],
        unique=False,
        postgresql_where=sa.text("sealed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_recordings_clear", table_name="recordings", postgresql_where=sa.text("sealed_at IS NULL"))
    op.drop_column("recordings", "sealed_at")
    op.drop_column("recordings", "fault")
    op.drop_column("calls", "ended_by")
    op.drop_table("transfers")
    op.drop_index("ix_three_ways_department", table_name="three_ways")
    op.drop_table("three_ways")
    op.drop_table("recording_pauses")
    op.drop_index("ix_emergencies_pressed", table_name="emergencies")
    op.drop_table("emergencies")
    op.drop_index("ix_callbacks_open", table_name="callbacks", postgresql_where=sa.text("state <> 'done'"))
    op.drop_index("ix_callbacks_number", table_name="callbacks")
    op.drop_table("callbacks")
    op.drop_table("call_segments")
    op.drop_index("ix_call_legs_party", table_name="call_legs")
    op.drop_table("call_legs")

"""What was sent along with an emergency, who ended it, and where a case happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SENT_ALONG = {
    "district": sa.Text,
    "summary_sealed": sa.LargeBinary,
    "summary_key": sa.Text,
    "location_sealed": sa.LargeBinary,
    "location_key": sa.Text,
    "ended_by": sa.Text,
}


def upgrade() -> None:
    for name, kind in SENT_ALONG.items():
        op.add_column("emergencies", sa.Column(name, kind(), nullable=True))
    op.add_column("cases", sa.Column("place", sa.Text(), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    op.drop_column("cases", "place")
    for name in reversed(SENT_ALONG):
        op.drop_column("emergencies", name)

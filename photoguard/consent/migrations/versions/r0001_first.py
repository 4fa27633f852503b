"""The first tables: records, the photos they name, what happened to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table("about", sa.Column("kind", sa.Text, primary_key=True), sa.Column("version", sa.Text))
    op.create_table(
        "record",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("patient", sa.Text, nullable=False, index=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "record_photo",
        sa.Column("record", sa.Text, sa.ForeignKey("record.id"), primary_key=True),
        sa.Column("sha256", sa.Text, primary_key=True, index=True),
    )
    op.create_table(
        "record_event",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("record", sa.Text, sa.ForeignKey("record.id"), nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.execute(sa.text("INSERT INTO about (kind, version) VALUES ('REGISTRY', '1')"))

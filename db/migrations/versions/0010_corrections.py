"""Corrections, cancellations and replacements of stored ticks."""

from db.migrations.steps import run

revision = "0010_corrections"
down_revision = "0009_analysts"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

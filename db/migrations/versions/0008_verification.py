"""Verification of candles, and the sweep that refreshes late history."""

from db.migrations.steps import run

revision = "0008_verification"
down_revision = "0007_queries"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

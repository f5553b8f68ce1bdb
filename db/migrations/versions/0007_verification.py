"""Candles compared with the events they are made of."""

from db.migrations.steps import run

revision = "0007_verification"
down_revision = "0006_policies"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

"""What keeps candles right for years: verification, and the sweep of late history."""

from db.migrations.steps import run

revision = "0007_verification"
down_revision = "0006_policies"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

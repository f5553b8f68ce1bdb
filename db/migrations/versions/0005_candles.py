"""The candle tree, 1m to 1d: continuous aggregates, or rollups on Apache-2."""

from db.migrations.steps import run

revision = "0005_candles"
down_revision = "0004_lifecycle"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

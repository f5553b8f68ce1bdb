"""SQL functions for people: candles of any timeframe, at any price, and what is made of them."""

from db.migrations.steps import run

revision = "0008_queries"
down_revision = "0007_verification"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

"""SQL functions for readers: the default source and the known timeframes."""

from db.migrations.steps import run

revision = "0007_queries"
down_revision = "0006_policies"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

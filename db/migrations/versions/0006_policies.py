"""Puts ops.lifecycle into force: refreshes, columnstore, retention."""

from db.migrations.steps import run

revision = "0006_policies"
down_revision = "0005_candles"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

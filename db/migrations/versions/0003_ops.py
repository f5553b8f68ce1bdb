"""The loader's bookkeeping: offsets, rejects, batches."""

from db.migrations.steps import run

revision = "0003_ops"
down_revision = "0002_ticks"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

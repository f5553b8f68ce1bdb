"""Offsets, rejects, batches, amendments, and the functions that the loader calls."""

from db.migrations.steps import run

revision = "0003_loading"
down_revision = "0002_events"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

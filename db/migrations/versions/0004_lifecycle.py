"""The levels, ticks to 1d: how each is built and how long it is kept."""

from db.migrations.steps import run

revision = "0004_lifecycle"
down_revision = "0003_ops"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

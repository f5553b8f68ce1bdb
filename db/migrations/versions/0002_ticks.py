"""The tick store: instruments and the hypertable of ticks."""

from db.migrations.steps import run

revision = "0002_ticks"
down_revision = "0001_roles"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

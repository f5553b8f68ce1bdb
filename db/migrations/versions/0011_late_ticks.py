"""Late ticks, in a table of their own until they are moved."""

from db.migrations.steps import run

revision = "0011_late_ticks"
down_revision = "0010_corrections"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

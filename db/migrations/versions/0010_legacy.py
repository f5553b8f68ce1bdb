"""The schema legacy: the tables of earlier projects, as views."""

from db.migrations.steps import run

revision = "0010_legacy"
down_revision = "0009_sessions"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

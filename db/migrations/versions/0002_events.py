"""Trades and quotes, and what is known of instruments, sources and rules."""

from db.migrations.steps import run

revision = "0002_events"
down_revision = "0001_roles"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

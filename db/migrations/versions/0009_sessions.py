"""Trading sessions, and the candles of whole sessions; logins for analysts."""

from db.migrations.steps import run

revision = "0009_sessions"
down_revision = "0008_queries"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

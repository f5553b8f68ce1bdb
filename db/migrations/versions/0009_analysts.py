"""SQL for analysts: functions, trading sessions, logins with limits."""

from db.migrations.steps import run

revision = "0009_analysts"
down_revision = "0008_verification"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

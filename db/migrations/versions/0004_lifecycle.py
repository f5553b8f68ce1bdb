"""The relations of events and candles: what each is made from, how long it is kept."""

from db.migrations.steps import run

revision = "0004_lifecycle"
down_revision = "0003_loading"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

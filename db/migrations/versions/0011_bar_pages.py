"""Pages of candles by one function, and the list of timeframes for readers."""

from db.migrations.steps import run

revision = "0011_bar_pages"
down_revision = "0010_legacy"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

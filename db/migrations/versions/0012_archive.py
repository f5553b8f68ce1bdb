"""The archive: its catalog, which days it has, and those that came back from it."""

from db.migrations.steps import run

revision = "0012_archive"
down_revision = "0011_bar_pages"


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

"""The extension, the roles and the two schemas."""

from db.migrations.steps import run

revision = "0001_roles"
down_revision = None


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

"""${message}

Before review: the statements stand in ${up_revision}.up.sql and ${up_revision}.down.sql (with
.community or .apache before .up where the editions differ); every relation has its comment and its
grants; the down file restores the previous schema and its first line says what data that loses;
nothing waits long for a lock that the loader holds.
"""

from db.migrations.steps import run

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    run(__file__, "up")


def downgrade() -> None:
    run(__file__, "down")

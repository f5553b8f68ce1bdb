"""The schema, revision by revision: plain SQL files, run by Alembic."""

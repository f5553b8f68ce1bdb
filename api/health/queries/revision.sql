-- The revision of the schema.
select version_num from alembic_version

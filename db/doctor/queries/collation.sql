-- After an upgrade of the operating system, texts may sort in another order than in the indexes.
select
    format(
        'the database was made with version %s of its collation, and the system has %s',
        datcollversion, pg_database_collation_actual_version(oid)
    )
from pg_catalog.pg_database
where
    datname = current_database()
    and datcollversion <> pg_database_collation_actual_version(oid)

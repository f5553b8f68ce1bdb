-- At 2 billion the server takes no more writes; autovacuum begins at a few hundred million.
select
    format(
        'the oldest rows of database %s are %s transactions old: vacuum does not freeze them',
        datname, greatest(age(datfrozenxid), mxid_age(datminmxid))
    )
from pg_catalog.pg_database
where
    greatest(age(datfrozenxid), mxid_age(datminmxid))
    > 1200000000
order by datname

-- Size and age of every relation; the count of rows is the planner's estimate.
select
    lifecycle.relation,
    approximate_row_count(store) as row_count,
    (
        select count(*)
        from timescaledb_information.chunks
        where format('%I.%I', hypertable_schema, hypertable_name)::regclass = store
    ) as chunks,
    hypertable_size(store) as bytes
from ops.lifecycle
cross join lateral (select ops.hypertable_of(relation) as store) as held
order by lifecycle."position"

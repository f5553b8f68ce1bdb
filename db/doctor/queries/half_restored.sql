-- pg_restore goes on after an error. It restores tables, their rows, then keys and triggers; if the
-- catalog of TimescaleDB fails, hypertables and continuous aggregates are plain relations.
with missing as (
    select format('%%s is no hypertable', named) as fault
    from unnest(array['market.trades', 'market.quotes']) as named
    where
        named not in (
            select format('%%I.%%I', hypertable_schema, hypertable_name)
            from timescaledb_information.hypertables
        )
    union all
    select format('%%s is no continuous aggregate', named)
    from unnest(array['ops.candles_1m', 'ops.quote_candles_1m']) as named
    where
        %(kind)s = 'community'
        and named not in (
            select format('%%I.%%I', view_schema, view_name)
            from timescaledb_information.continuous_aggregates
        )
    union all
    select format('%%s has no primary key', named)
    from unnest(array[
        'market.instruments', 'market.sources', 'ops.kafka_offsets', 'ops.lifecycle',
        'ops.load_batches', 'ops.rejects'
    ]) as named
    where
        not exists (
            select from pg_catalog.pg_constraint
            where conrelid = to_regclass(named) and contype = 'p'
        )
    union all
    select format('the trigger %%s is missing', named)
    from unnest(array['rule_sets_change', 'sources_added', 'changed_events_numbered']) as named
    where not exists (select from pg_catalog.pg_trigger where tgname = named)
    union all
    select 'ops.lifecycle is empty'
    where not exists (select from ops.lifecycle)
    union all
    select 'ops.rules_version is empty'
    where not exists (select from ops.rules_version)
    union all
    select format('%%s chunks of %%s are missing', count(*), hypertable_name)
    from timescaledb_information.chunks
    where
        hypertable_schema in ('market', 'ops')
        and to_regclass(format('%%I.%%I', chunk_schema, chunk_name)) is null
    group by hypertable_name
)
select 'the schema was restored in part: ' || string_agg(fault, ', ' order by fault)
from missing
having count(*) > 0

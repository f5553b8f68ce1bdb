-- Ranges that touch become one.
create or replace function ops.add_backfills(kind text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format(
        $sql$
        with came as (
            select
                event.symbol,
                event.source,
                date_bin('1 second', min(event.ts), '2000-01-01 00:00+00') as since,
                date_bin('1 second', max(event.ts), '2000-01-01 00:00+00')
                + interval '1 second' as until
            from %I as event
            inner join market.sources using (source)
            where sources.id_scope <> 'none' and event.tick_id is not null
            group by event.symbol, event.source
        ),
        touched as (
            delete from ops.backfills as known
            using came
            where known.symbol = came.symbol and known.source = came.source
                and known.since <= came.until and known.until >= came.since
            returning known.*
        ),
        united as (
            select symbol, source, min(since) as since, max(until) as until
            from (
                select symbol, source, since, until from came
                union all
                select symbol, source, since, until from touched
            ) as ranges
            group by symbol, source
        )
        insert into ops.backfills (symbol, source, since, until)
        select symbol, source, since, until from united
        on conflict on constraint backfills_pkey do update set until = excluded.until
        $sql$,
        'staging_' || kind || 's'
    );
end $$;

comment on function ops.add_backfills is
'Notes the ranges of staged events in ops.backfills.';

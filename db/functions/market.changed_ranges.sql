create or replace function market.changed_ranges(
    after bigint, until bigint, symbols text [] default null
)
returns table (
    number bigint, mark bigint, kind text, symbol text, source text, since timestamptz,
    until timestamptz, event_kind text, timeframe text
)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with changes as (
        select * from ops.changes where number > $1 and number <= $2
    ),
    found as (
        select
            changes.number, changes.mark, range.kind, named.symbol, range.source,
            range.since, range.until, range.event_kind, range.timeframe
        from changes
        inner join ops.changed_ranges as range using (change)
        cross join unnest(range.symbols) as named (symbol)
        where $3 is null or named.symbol = any($3)
        union all
        select distinct
            changes.number, changes.mark, range.kind, series.symbol, range.source,
            range.since, range.until, series.event_kind, range.timeframe
        from changes
        inner join ops.changed_ranges as range using (change)
        inner join ops.feed_series as series using (source, session)
        where range.symbols is null and ($3 is null or series.symbol = any($3))
        union all
        select distinct
            changes.number, changes.mark, event.kind, event.symbol, event.source,
            date_bin('1 minute', moment, '2000-01-01 00:00+00'),
            date_bin('1 minute', moment, '2000-01-01 00:00+00') + interval '1 minute',
            null, null
        from changes
        inner join ops.changed_events as event using (change)
        cross join unnest(array[event.ts, event.old_ts]) as moment
        where moment is not null and ($3 is null or event.symbol = any($3))
    )
    select * from found order by number, kind, symbol, source, since, until
$$;

comment on function market.changed_ranges is
'Ranges whose trades, quotes, bars of vendors or coverage the changes after < number <= until
touched; source null: all of the symbol. event_kind is that of coverage; timeframe that of bars, null:
of all. Symbols null: all.';

revoke execute on function market.changed_ranges from public;
grant execute on function market.changed_ranges to stockpulse_reader;

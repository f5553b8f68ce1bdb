-- One query that streams: the symbols in turn, of each its slices, so that rows leave while others
-- are read and `limit` ends it. The planner puts it in place of a call.
create or replace function market.trade_page(
    symbols text [],
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    max_events integer default 1000,
    newest_first boolean default false,
    share text default 'in turn',
    after_symbol text default null,
    after_source text default null,
    after_ts timestamptz default null,
    after_ns smallint default null,
    after_seq bigint default null,
    after_tick_id text default null,
    after_ties integer default 1,
    since_ns smallint default 0,
    until_ns smallint default 0
) returns setof market.trade_event
language sql stable parallel safe
as $$
    select events.*
    from (
        select
            known.symbol,
            known.symbol is not distinct from $8 as has_position
        from (
            select symbol from market.instruments where symbol = any($1)
            union
            select symbol from market.names where symbol = any($1)
        ) as known
        where market.check_choice('share', $7, array['in turn', 'each']) is not null
            and ($8 is null or known.symbol >= $8)
        order by known.symbol
    ) as asked
    cross join lateral (
        select
            coalesce(
                lower($4), case when asked.has_position then $9 end,
                market.default_source(asked.symbol)
            ) as source
        offset 0
    ) as series
    cross join lateral (
        select case when $16 > 0 then $3 + interval '1 microsecond' else $3 end as until
    ) as last_ts
    cross join lateral (
        select one.*
        from (
            select $2 as since, last_ts.until
            where $5 is not null
            union all
            select found.since, found.until
            from market.event_slices(
                'trades', asked.symbol, series.source, $2, last_ts.until, $6
            ) as found
            where $5 is null
        ) as slice
        cross join lateral market.series_events(
            null::market.trade_event, 'trades', asked.symbol, series.source,
            slice.since, slice.until, $5, $6,
            case when asked.has_position then $10 end,
            case when asked.has_position then $11 end,
            case when asked.has_position then $12 end,
            case when asked.has_position then $13 end,
            $14, $2, $15, $3, $16
        ) as one
    ) as events
    order by asked.symbol
    limit case $7 when 'in turn' then $5 end
$$;

comment on function market.trade_page is
'One page of trades of several symbols, since <= ts < until, by ts, ns, seq and tick_id (nulls
first), with newest_first backwards. `share` says how the symbols share max_events: `in turn`, each
to its end before the next; `each`, as many of every symbol. In turn, the next page begins after the
last event of this one: after_symbol to after_tick_id; after_ties is how many events with exactly
these have been given. max_events null streams all. since_ns and
until_ns are the nanoseconds of the window beyond the microseconds of since and until. Source as in
market.candles(); a renamed instrument answers under each of its names.';

revoke execute on function market.trade_page from public;
grant execute on function market.trade_page to stockpulse_reader;

-- No index leads from a source to its events: the symbols that were stored last lead to them, some
-- of each venue, asset class and calendar.
create or replace function ops.recent_series(since timestamptz)
returns table (symbol text, last_seen_at timestamptz, source text, newest_event_at timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
-- planned with the values at hand it opens the chunks of the range alone
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return query
    with ranked as (
        select
            symbol,
            last_seen_at,
            row_number() over (
                partition by
                    primary_source, asset_class, calendar,
                    case when strpos(symbol, ':') > 0 then split_part(symbol, ':', 1) end
                order by last_seen_at desc
            ) as number
        from market.instruments
        where last_seen_at > $1
    )
    select ranked.symbol, ranked.last_seen_at, newest.source, newest.ts
    from ranked
    cross join lateral (
        (
            select trades.source, trades.ts
            from market.trades
            where trades.symbol = ranked.symbol and trades.ts > $1
            order by trades.ts desc
            limit 1
        )
        union all
        (
            select quotes.source, quotes.ts
            from market.quotes
            where quotes.symbol = ranked.symbol and quotes.ts > $1
            order by quotes.ts desc
            limit 1
        )
    ) as newest
    where ranked.number <= 50;
end $$;

comment on function ops.recent_series is
'The newest trade and the newest quote since a time of the 50 symbols of each venue that were stored
last, with their sources.';

create or replace function market.newest_source(
    symbol text, start_at timestamptz, end_at timestamptz
) returns text
language plpgsql stable parallel safe
-- planned with the values at hand it opens the chunks of the range alone
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return (
        select source
        from (
            (
                select ts, source
                from market.trades
                where trades.symbol = $1 and ts >= $2 and ts < $3
                order by ts desc
                limit 1
            )
            union all
            (
                select ts, source
                from market.quotes
                where quotes.symbol = $1 and ts >= $2 and ts < $3
                order by ts desc
                limit 1
            )
        ) as newest
        order by ts desc
        limit 1
    );
end $$;

comment on function market.newest_source is
'The source of the newest trade or quote of a symbol in a range of time.';

revoke execute on function market.newest_source from public;
grant execute on function market.newest_source to stockpulse_reader;

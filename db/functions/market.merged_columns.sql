create or replace function market.merged_columns() returns text
language sql immutable parallel safe
as $$
    select $sql$
        coalesce(
            (array_agg(open order by start) filter (where has_regular))[1],
            (array_agg(open order by start) filter (where open is not null))[1]
        ),
        max(high),
        min(low),
        coalesce(
            (array_agg(close order by start desc) filter (where has_regular))[1],
            (array_agg(close order by start) filter (where close is not null))[1]
        ),
        sum(volume),
        sum(vwap_volume),
        sum(notional),
        sum(notional) / nullif(sum(vwap_volume), 0),
        sum(tick_count)::bigint,
        sum(spread_sum) / nullif(sum(spread_count), 0)
    $sql$
$$;

comment on function market.merged_columns is
'The columns of a candle as SQL over narrower ones, open to mean_spread: the open and close of those
with a regular trade first, as in the stored levels.';

revoke execute on function market.merged_columns from public;
grant execute on function market.merged_columns to stockpulse_reader;

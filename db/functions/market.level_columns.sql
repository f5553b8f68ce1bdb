create or replace function market.level_columns(price text) returns text
language sql immutable parallel safe
as $$
    select case
        when $1 = 'trade' then
            'bucket as start, has_regular, open, high, low, close, volume, vwap_volume,'
            ' notional, tick_count, null::numeric as spread_sum, null::bigint as spread_count'
        else format(
            'bucket as start, %1$I is not null as has_regular, %1$I as open, %2$I as high,'
            ' %3$I as low, %4$I as close, %5$s as volume, null::numeric as vwap_volume,'
            ' null::numeric as notional, quote_count as tick_count, spread_sum, spread_count',
            $1 || '_open', $1 || '_high', $1 || '_low', $1 || '_close',
            case $1 when 'mid' then 'null::numeric' else $1 || '_volume' end
        )
    end
$$;

comment on function market.level_columns is
'The columns of stored candles of trades or quotes at one price, as market.merged_columns() takes
them.';

revoke execute on function market.level_columns from public;
grant execute on function market.level_columns to stockpulse_reader;

-- Takes the values of market.candle_reads(), of the arrays those of its number.
create or replace function market.read_query(
    price text, level text, number integer, adjusted boolean
) returns text
language plpgsql immutable parallel safe
as $$
declare
    -- an equality would have the Apache-2 edition merge all chunks in order
    series constant text := format(
        'symbol = ($1::text [])[%s] and source = any(array[$2])', number
    );
    span constant text := format(
        '%%1$s >= ($3::timestamptz [])[%1$s] and %%1$s < ($4::timestamptz [])[%1$s]', number
    );
    series_candles constant text := format(
        'market.%%s(%1$L, ($1::text [])[%2$s], $2, ($3::timestamptz [])[%2$s],'
        ' ($4::timestamptz [])[%2$s])',
        level, number
    );
    statement text;
begin
    if level is null then
        statement := format(
            'select ($3::timestamptz [])[%s] as start, %s from market.%I where %s and %s'
            ' having bool_or(moves & %s > 0)',
            number, market.event_columns(price),
            case price when 'trade' then 'trades' else 'quotes' end,
            series, format(span, 'ts'), case price when 'trade' then 15 else 7 end
        );
    else
        statement := format(
            'select %s from %s',
            market.level_columns(price),
            format(
                series_candles, case price when 'trade' then 'trade_candles' else 'quote_candles' end
            )
        );
    end if;
    if not adjusted then
        return statement;
    end if;
    return format(
        $sql$
            select
                start,
                has_regular,
                trim_scale(open * down / up) as open,
                trim_scale(high * down / up) as high,
                trim_scale(low * down / up) as low,
                trim_scale(close * down / up) as close,
                trim_scale(volume * up / down) as volume,
                trim_scale(vwap_volume * up / down) as vwap_volume,
                notional,
                tick_count,
                trim_scale(spread_sum * down / up) as spread_sum,
                spread_count
            from (%s) as candles
            cross join (
                select ($5::numeric [])[%2$s] as up, ($6::numeric [])[%2$s] as down
            ) as ratio
        $sql$,
        statement, number
    );
end $$;

comment on function market.read_query is
'A query for the candles of a piece (market.reads_of()), or for the one of single events.';

revoke execute on function market.read_query from public;
grant execute on function market.read_query to stockpulse_reader;

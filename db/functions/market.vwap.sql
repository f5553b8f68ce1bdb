create or replace function market.vwap(
    symbol text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    adjustment text default 'raw'
) returns numeric
language plpgsql stable parallel safe
as $$
declare
    frame record;
    reads record;
    result numeric;
begin
    perform market.check_choice('adjustment', adjustment, array['raw', 'split']);
    frame := market.timeframe_of('1m');
    reads := market.candle_reads(
        symbol, frame.level, frame.level_width, since, until, 'trade', adjustment
    );
    if reads.query is null then
        return null;
    end if;
    execute
        'select sum(notional) / nullif(sum(vwap_volume), 0) from (' || reads.query || ') as candles'
    into result
    using reads.symbols, coalesce(lower(source), market.default_source(symbol)),
        reads.sinces, reads.untils, reads.numerators, reads.denominators;
    return result;
end $$;

comment on function market.vwap is
'Volume-weighted average price, since <= ts < until, of the trades that move high, low and volume:
whole minutes from candles, the rest from trades; null where none has a size.';

revoke execute on function market.vwap from public;
grant execute on function market.vwap to stockpulse_reader;

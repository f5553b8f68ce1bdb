-- From quotes: candles have no least and greatest spread. Dynamic, so that it is planned with the
-- values at hand.
create or replace function market.spread(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns setof market.bucket_spread
language plpgsql stable parallel safe
as $$
declare
    frame record;
    reads record;
begin
    frame := market.timeframe_of(timeframe);
    reads := market.event_reads(
        symbol,
        market.first_bucket(since, frame.width, frame.months),
        market.first_bucket(until, frame.width, frame.months),
        'quotes', 'raw'
    );
    if reads.query is null then
        return;
    end if;
    return query execute
        'select market.bucket_of(ts, $6, $7), $5, $2,'
        ' avg(ask - bid), min(ask - bid), max(ask - bid), count(*)'
        ' from (' || reads.query || ') as quotes where moves & 4 > 0 group by 1 order by 1'
        using reads.symbols, coalesce(lower(source), market.default_source(symbol)),
            reads.sinces, reads.untils, symbol, frame.width, frame.months;
end $$;

comment on function market.spread is
'Ask minus bid of the quotes that move the mid, since <= bucket < until; each counts the same.';

revoke execute on function market.spread from public;
grant execute on function market.spread to stockpulse_reader;

create or replace function market.quote_candles(
    level text, symbol text, source text, since timestamptz, until timestamptz
) returns setof market.quote_candles_1m
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
    reads constant record := ops.level_query('quotes', level, since, until);
begin
    if reads.query is not null then
        return query execute reads.query using symbol, source, reads.sinces, reads.untils;
    end if;
end $$;

comment on function market.quote_candles is
'The candles of quotes of one stored level and series, since <= bucket < until, in any order.';

revoke execute on function market.quote_candles from public;
grant execute on function market.quote_candles to stockpulse_reader;

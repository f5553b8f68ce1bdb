-- Session by session, planned with the times at hand, so that the chunks of a session alone are
-- opened; the candles of days say which sessions have trades at all.
create or replace function market.sessions_of_trades(
    asked text, first_date date, end_date date, source text, calendar text, adjustment text
) returns setof market.session_candle
language plpgsql stable parallel safe
as $$
#variable_conflict use_variable
declare
    session record;
    reads record;
begin
    for session in
        select known.session_date, known.open_at, known.close_at
        from market.sessions as known
        inner join market.read_candles(
            asked, '1d',
            (first_date::timestamp - interval '2 days') at time zone 'UTC',
            (end_date::timestamp + interval '2 days') at time zone 'UTC',
            source, 'trade', 'raw'
        ) as day
            on known.close_at > day.bucket
                and known.open_at < day.bucket + interval '24 hours'
        where known.calendar = calendar
            and known.session_date >= first_date and known.session_date < end_date
        group by 1, 2, 3
        order by 1
    loop
        reads := market.event_reads(
            asked, session.open_at, session.close_at, 'trades', adjustment
        );
        continue when reads.query is null;
        return query execute format(
            $sql$
            select
                $7, $8, $9, $10, $2, open, high, low, close,
                volume, vwap_volume, notional, notional / nullif(vwap_volume, 0), tick_count,
                null::numeric
            from (select %s from (%s) as trades having bool_or(moves & 240 > 0)) as candle
            $sql$,
            market.event_columns('trade', 'day'), reads.query
        )
        using reads.symbols, source, reads.sinces, reads.untils,
            reads.numerators, reads.denominators,
            session.session_date, session.open_at, session.close_at, asked;
    end loop;
end $$;

comment on function market.sessions_of_trades is
'The candles of market.session_candles() by the rules of days, made of trades.';

revoke execute on function market.sessions_of_trades from public;
grant execute on function market.sessions_of_trades to stockpulse_reader;

-- The rules of the stored candles, with nothing of TimescaleDB, so that it works under any
-- search_path. The bits of days are those of minutes, four places on.
create or replace function market.event_columns(price text, kind text default 'minute') returns text
language plpgsql immutable parallel safe
as $$
declare
    shift constant integer := case kind when 'day' then 4 else 0 end;
begin
    if price = 'trade' then
        return format(
            $sql$
            bool_or(moves & %1$s > 0) as has_regular,
            coalesce(
                (array_agg(price %6$s) filter (where moves & %1$s > 0))[1],
                (array_agg(price %6$s) filter (where moves & %2$s > 0))[1]
            ) as open,
            max(price) filter (where moves & %3$s > 0) as high,
            min(price) filter (where moves & %3$s > 0) as low,
            coalesce(
                (array_agg(price %7$s) filter (where moves & %1$s > 0))[1],
                (array_agg(price %6$s) filter (where moves & %2$s > 0))[1]
            ) as close,
            sum(size) filter (where moves & %4$s > 0) as volume,
            sum(size) filter (where moves & %5$s = %5$s) as vwap_volume,
            sum(price * size) filter (where moves & %5$s = %5$s) as notional,
            count(*) filter (where moves & %4$s > 0) as tick_count,
            null::numeric as spread_sum,
            null::bigint as spread_count
            $sql$,
            1 << shift, 2 << shift, 4 << shift, 8 << shift, 12 << shift,
            'order by ts, ns, seq, tick_id',
            'order by ts desc, ns desc, seq desc, tick_id desc'
        );
    end if;
    return format(
        $sql$
            bool_or(moves & %1$s > 0) as has_regular,
            (array_agg(%2$s %4$s) filter (where moves & %1$s > 0))[1] as open,
            max(%2$s) filter (where moves & %1$s > 0) as high,
            min(%2$s) filter (where moves & %1$s > 0) as low,
            (array_agg(%2$s %5$s) filter (where moves & %1$s > 0))[1] as close,
            %3$s as volume,
            null::numeric as vwap_volume,
            null::numeric as notional,
            count(*) filter (where moves > 0) as tick_count,
            sum(ask - bid) filter (where moves & 4 > 0) as spread_sum,
            count(*) filter (where moves & 4 > 0) as spread_count
        $sql$,
        case price when 'bid' then 1 when 'ask' then 2 when 'mid' then 4 end,
        case price when 'mid' then '(bid + ask) * 0.5' else price end,
        case price
            when 'bid' then 'sum(bid_size) filter (where moves & 1 > 0)'
            when 'ask' then 'sum(ask_size) filter (where moves & 2 > 0)'
            else 'null::numeric'
        end,
        'order by ts, ns, seq, tick_id',
        'order by ts desc, ns desc, seq desc, tick_id desc'
    );
end $$;

comment on function market.event_columns is
'The columns of a candle as SQL over market.trades, by the rules of minutes or days, or quotes.';

revoke execute on function market.event_columns from public;
grant execute on function market.event_columns to stockpulse_reader;

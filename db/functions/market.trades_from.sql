-- Ids that rise with time are found without an index on them, by narrowing a stretch of time with
-- probes of one trade each. Ids are about proportional to time, so every other probe is where the
-- id should be; the ones between halve the stretch.
create or replace function market.trades_from(
    symbol text,
    first_id bigint,
    max_events integer default 1000,
    source text default null
) returns setof market.trade_event
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    skipped constant integer := 500; -- so many trades before the id are read as well
    series constant text := coalesce(lower($4), market.default_source($1));
    low record; -- the first trade, or one whose id is below first_id
    high record; -- the newest trade, or one whose id is not below
    found_trade record;
    probe_at timestamptz;
    halves boolean := false;
    page market.trade_event [];
begin
    select ts, tick_id, market.number_in(tick_id) as id into low
    from market.trade_page(array[$1], source => series, max_events => 1);
    select ts, tick_id, market.number_in(tick_id) as id into high
    from market.trade_page(array[$1], source => series, max_events => 1, newest_first => true);
    if low.ts is null or first_id > high.id then
        return;
    end if;
    while first_id - low.id > skipped and high.ts - low.ts > interval '1 millisecond' loop
        probe_at := low.ts + (high.ts - low.ts) * case
            when halves or high.id <= low.id then 0.5
            else least(
                greatest(
                    (first_id - low.id - skipped / 2) / (high.id - low.id)::double precision, 0.001
                ),
                0.999
            )
        end;
        halves := not halves;
        select ts, tick_id, market.number_in(tick_id) as id into found_trade
        from market.trade_page(array[$1], probe_at, high.ts, series, 1);
        exit when found_trade.ts is not null and found_trade.id is null;
        if found_trade.ts is null then
            high.ts := probe_at;
        elsif found_trade.id < first_id then
            low := found_trade;
        else
            high := found_trade;
        end if;
    end loop;
    page := array(
        select trade
        from market.trade_page(
            array[$1], low.ts, 'infinity', series,
            max_events + least(greatest(first_id - low.id, 0), 20 * skipped)::integer
        ) as trade
    );
    if low.id is null or high.id is null or exists (
        select
        from (
            select
                market.number_in(trade.tick_id) as id,
                lag(market.number_in(trade.tick_id)) over (order by trade.ordinality) as id_before
            from unnest(page) with ordinality as trade
        ) as ids
        where id is null or id <= id_before
    )
    then
        raise exception 'the ids of % at % are not numbers that rise with time', $1, series
            using errcode = 'invalid_parameter_value', hint = 'ask by time';
    end if;
    return query
    select trade.*
    from unnest(page) as trade
    where market.number_in(trade.tick_id) >= first_id
    limit max_events;
end $$;

comment on function market.trades_from is
'The first trades of a series from an id on, in order; an error unless its ids are whole numbers
that rise with time. Source as in market.candles().';

revoke execute on function market.trades_from from public;
grant execute on function market.trades_from to stockpulse_reader;

-- Chunk by chunk of buckets, as many as bars are missing; where none is filled, more and more.
create or replace function market.shown_bars(
    symbol text,
    series text,
    asked_source text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    max_bars integer,
    newest_first boolean,
    price text,
    adjustment text,
    vendor boolean,
    fill text,
    session text
) returns table (bar market.candle, ends_at timestamptz)
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    kind constant text := coalesce($9, market.default_price($1, $2));
    calendar text;
    is_daily boolean;
    slots record;
    own market.candle [];
    before_close numeric;
    not_fed tstzmultirange;
    rest_since timestamptz;
    rest_until timestamptz;
    most_at_once constant integer := 20000; -- buckets
    most_filled constant integer := 10000000; -- bars, which are stored until all are there
    chunk integer := coalesce($7, most_at_once);
    missing integer := $7;
    found_bars integer;
begin
    if $13 = 'regular' then
        calendar := market.calendar_of($1, null, $2);
        is_daily := (
            select months is not null or extract(epoch from width) >= 86400
            from market.timeframe_of($4)
        );
    end if;
    select span.since, span.until
    into rest_since, rest_until
    from market.shown_range($1, $2, $3, $4, $5, $6, $9, $10, $11, is_daily) as span;
    if $7 is null and $12 <> 'none' and rest_until - rest_since > most_filled * (
        select coalesce(months * interval '28 days', width) from market.timeframe_of($4)
    ) then
        raise exception 'fill makes more than % bars of %', most_filled, $1
        using errcode = 'invalid_parameter_value', hint = 'ask for less at once, or give a limit';
    end if;
    loop
        exit when rest_since is null or rest_since >= rest_until or missing <= 0;
        slots := market.slots_of($4, calendar, rest_since, rest_until, chunk, $8);
        exit when slots.starts is null;
        own := array(
            select made from market.bars_between(
                $1, $2, $3, $4,
                (select min(edge) from unnest(slots.starts) as edge),
                (select max(edge) from unnest(slots.ends) as edge),
                null, false, kind, $10, $11
            ) as made
            where calendar is null
            union all
            select made from market.regular_candles(
                $1, $4,
                (select min(edge) from unnest(slots.starts) as edge),
                (select max(edge) from unnest(slots.ends) as edge),
                $2, calendar, kind, $10
            ) as made
            where not is_daily
            union all
            select made from market.session_bars(
                $1, slots.starts, slots.ends, $2, calendar, kind, $10
            ) as made
            where is_daily
        );
        if $12 = 'previous' then
            before_close := (
                select found.close
                from market.bars_between(
                    $1, $2, $3, $4, '-infinity',
                    (select min(edge) from unnest(slots.starts) as edge),
                    1, true, kind, $10, $11
                ) as found
                where calendar is null
                union all
                select (found.bar).close
                from market.shown_bars(
                    $1, $2, $3, $4, '-infinity',
                    (select min(edge) from unnest(slots.starts) as edge),
                    1, true, kind, $10, $11, 'none', $13
                ) as found
                where calendar is not null
            );
            not_fed := (
                select range_agg(tstzrange(known.since, known.until))
                from market.coverage(
                    $1, case when is_daily then '30m' else $4 end,
                    (select min(edge) from unnest(slots.starts) as edge),
                    (select max(edge) from unnest(slots.ends) as edge),
                    $2, kind
                ) as known
                where known.state in ('no feed', 'pending')
            );
        end if;
        return query
        select filled.bar, filled.ends_at
        from market.filled_slots(
            $1, $2, slots.starts, slots.ends, own, $12, kind, before_close, not_fed
        ) with ordinality as filled
        order by filled.ordinality
        limit missing;
        get diagnostics found_bars = row_count;
        missing := missing - found_bars;
        if $8 then
            rest_until := slots.starts[cardinality(slots.starts)];
        else
            rest_since := slots.starts[cardinality(slots.starts)] + interval '1 microsecond';
        end if;
        if $12 = 'none' then
            chunk := least(most_at_once, 4 * chunk);
            if found_bars = 0 and $8 then
                -- no session between here and the next day with bars, which is one of UTC
                rest_until := least(rest_until, (
                    select days.bucket + interval '48 hours'
                    from market.bars_between(
                        $1, $2, $3, '1d', '-infinity', rest_until, 1, true, kind, $10, $11
                    ) as days
                ));
            elsif found_bars = 0 then
                rest_since := greatest(rest_since, (
                    select days.bucket - interval '24 hours'
                    from market.bars_between(
                        $1, $2, $3, '1d', rest_since - interval '24 hours', 'infinity',
                        1, false, kind, $10, $11
                    ) as days
                ));
            end if;
        else
            chunk := coalesce(missing, most_at_once);
        end if;
    end loop;
end $$;

comment on function market.shown_bars is
'Bars of one series as market.shown_page() has them, and the end of each.';

revoke execute on function market.shown_bars from public;
grant execute on function market.shown_bars to stockpulse_reader;

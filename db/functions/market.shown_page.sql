create or replace function market.shown_page(
    symbols text [],
    timeframe text,
    since timestamptz,
    until timestamptz,
    source text,
    max_bars integer,
    newest_first boolean,
    share text,
    after_symbol text,
    after_source text,
    after_bucket timestamptz,
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
    known record;
    missing integer := $6;
    found_bars integer;
begin
    perform market.check_choice('share', $8, array['in turn', 'by time', 'each']);
    perform market.check_choice('fill', $15, array['none', 'null', 'previous']);
    perform market.check_choice('session', $16, array['all', 'regular']);
    if $8 = 'by time' then
        return query
        select shown.bar, shown.ends_at
        from market.shown_page(
            $1, $2, $3, $4, $5, $6, $7, 'each', null, null, null, $12, $13, $14, $15, $16
        ) as shown
        order by
            case when $7 then (shown.bar).bucket end desc, (shown.bar).bucket, (shown.bar).symbol
        limit $6;
        return;
    end if;
    for known in
        select symbol
        from (
            select symbol from market.instruments where symbol = any($1)
            union
            select symbol from market.names where symbol = any($1)
        ) as names
        where $9 is null or symbol >= $9
        order by symbol
    loop
        return query
        select shown.bar, shown.ends_at
        from market.shown_bars(
            known.symbol,
            coalesce(
                lower($5),
                case when known.symbol = $9 then $10 end,
                market.default_source(known.symbol)
            ),
            $5, $2,
            case when known.symbol = $9 and not $7 then $11 + interval '1 microsecond' else $3 end,
            case when known.symbol = $9 and $7 then $11 else $4 end,
            missing, $7, $12, $13, $14, $15, $16
        ) as shown;
        if $8 = 'in turn' then
            get diagnostics found_bars = row_count;
            missing := missing - found_bars;
            exit when missing <= 0;
        end if;
    end loop;
end $$;

comment on function market.shown_page is
'A page of market.bar_page() whose buckets are filled, or are those of sessions, and the end of each
bar. fill: none, null (no prices) or previous (the close of before, but not while no feed covered the
series), from the oldest bar on. session: all, or regular: what was traded within the sessions of the
calendar of the instrument or source, a bar of days, weeks or months from the open of its first
session on; without bars of vendors.';

revoke execute on function market.shown_page from public;
grant execute on function market.shown_page to stockpulse_reader;

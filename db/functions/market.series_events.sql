-- `row_type` is a null of market.trade_event or market.quote_event. Each stretch is planned with
-- its values: that opens the chunks of these days and no others.
create or replace function market.series_events(
    row_type anyelement,
    kind text,
    symbol text,
    source text,
    since timestamptz,
    until timestamptz,
    max_events integer,
    newest_first boolean,
    after_ts timestamptz default null,
    after_ns smallint default null,
    after_seq bigint default null,
    after_tick_id text default null,
    after_ties integer default 1,
    window_start timestamptz default '-infinity',
    start_ns smallint default 0,
    window_end timestamptz default 'infinity',
    end_ns smallint default 0
) returns setof anyelement
language plpgsql stable parallel safe
-- A bitmap scan reads and sorts all events of a stretch to find the first ones.
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
    piece record;
    stretch record;
    low timestamptz;
    high timestamptz;
    has_ns constant boolean := $15 > 0 or $17 > 0;
    edge timestamptz; -- of the day that is read without looking whether it has events
    has_position boolean;
    with_ties boolean;
    given integer;
    query text;
    missing integer := $7;
    found_events integer;
begin
    for piece in
        select * from market.name_pieces($3)
        order by case when $8 then since end desc, since
    loop
        low := greatest(piece.since, $5, case when not $8 then $9 end);
        high := least(piece.until, $6, case when $8 then $9 + interval '1 microsecond' end);
        continue when low >= high;
        edge := case
            when $8 then greatest(low, least(high, now()) - interval '24 hours')
            else least(high, low + interval '24 hours')
        end;
        has_position := coalesce($9 >= low and $9 < high, false);
        with_ties := has_position and ($12 is null or cardinality(piece.symbols) > 1);
        given := 0;
        if with_ties then
            execute format(
                'select least(count(*), $7) from market.%I'
                ' where symbol = any ($1) and source = $2 and ts = $3 and ns = $4 and seq = $5'
                ' and tick_id is not distinct from $6',
                $2
            ) into given using piece.symbols, $4, $9, $10, $11, $12, greatest($13, 1);
        end if;
        query := market.event_query(
            $2, cardinality(piece.symbols) > 1, $8, has_position, with_ties, has_ns
        );
        for step in 1 .. 2 loop
            for stretch in
                select
                    case when $8 then edge else low end as since,
                    case when $8 then high else edge end as until
                where step = 1 and low < high
                union all
                select found.since, found.until
                from market.event_stretches(
                    $2, piece.symbols, $4,
                    case when $8 then low else edge end, case when $8 then edge else high end, $8
                ) as found
                where step = 2
            loop
                continue when stretch.since >= stretch.until;
                return query execute query
                using
                    piece.symbols, $4, stretch.since, stretch.until,
                    $9, $10, $11, $12, missing, given, $3, $14, $15, $16, $17;
                get diagnostics found_events = row_count;
                missing := missing - found_events;
                if missing = 0 then
                    return;
                end if;
                given := 0;
            end loop;
            exit when edge = case when $8 then low else high end;
        end loop;
    end loop;
end $$;

comment on function market.series_events is
'The first max_events trades or quotes of a series after a position, with newest_first the last ones
before it; null: all.';

revoke execute on function market.series_events from public;
grant execute on function market.series_events to stockpulse_reader;

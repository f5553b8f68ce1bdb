-- The query takes $1 symbols, $2 the source, $3 sinces, $4 untils, $5 numerators, $6 denominators.
-- Values are bound, for a time printed in one time zone may be read in another; an item of an array
-- is a constant to the planner.
create or replace function market.candle_reads(
    asked text,
    level_wanted text,
    level_width interval,
    start_at timestamptz,
    end_at timestamptz,
    price text,
    adjustment text,
    out query text,
    out symbols text [],
    out sinces timestamptz [],
    out untils timestamptz [],
    out numerators numeric [],
    out denominators numeric [],
    out overlapping boolean
)
language plpgsql stable parallel safe
as $$
declare
    piece record;
    number integer := 0;
    last_end timestamptz := '-infinity';
begin
    overlapping := false;
    for piece in
        select *
        from market.reads_of(asked, level_wanted, level_width, start_at, end_at, adjustment) as read
        order by read.since, read.until
    loop
        number := number + 1;
        query := concat_ws(' union all ', query, market.read_query(
            price, piece.level, number, piece.numerator <> piece.denominator
        ));
        symbols[number] := piece.symbol;
        sinces[number] := piece.since;
        untils[number] := piece.until;
        numerators[number] := piece.numerator;
        denominators[number] := piece.denominator;
        overlapping := overlapping
            or piece.level is distinct from level_wanted or piece.since < last_end;
        last_end := piece.until;
    end loop;
end $$;

comment on function market.candle_reads is
'A query for the candles of a range, from a level and, where a change of name or a split cuts its
buckets, from narrower ones, and the values it takes; overlapping: a bucket may have several rows.';

revoke execute on function market.candle_reads from public;
grant execute on function market.candle_reads to stockpulse_reader;

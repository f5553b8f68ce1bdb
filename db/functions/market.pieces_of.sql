create or replace function market.pieces_of(
    asked text, start_at timestamptz, end_at timestamptz, adjustment text default 'raw'
) returns table (
    symbol text, since timestamptz, until timestamptz, numerator numeric, denominator numeric
)
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    action record;
    piece_end timestamptz := 'infinity';
begin
    numerator := 1;
    denominator := 1;
    for action in
        select ex_at, splits.numerator, splits.denominator
        from market.corporate_actions as splits
        where adjustment = 'split' and kind = 'split' and ex_at <= now()
            and instrument = market.instrument_of(asked)
        union all
        select '-infinity', 1, 1
        order by 1 desc
    loop
        for symbol, since, until in
            select
                segment.symbol,
                greatest(segment.since, action.ex_at, start_at),
                least(segment.until, piece_end, end_at)
            from market.segments_of(asked) as segment
        loop
            if since < until then
                return next;
            end if;
        end loop;
        piece_end := action.ex_at;
        numerator := numerator * action.numerator;
        denominator := denominator * action.denominator;
    end loop;
end $$;

comment on function market.pieces_of is
'The pieces of a range in which an instrument has one symbol and, adjusted for splits, one ratio:
prices are divided and sizes multiplied by numerator / denominator, the product of the splits after
the piece that are in force by now.';

revoke execute on function market.pieces_of from public;
grant execute on function market.pieces_of to stockpulse_reader;

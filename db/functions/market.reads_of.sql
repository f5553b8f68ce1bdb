create or replace function market.reads_of(
    asked text,
    level_wanted text,
    level_width interval,
    start_at timestamptz,
    end_at timestamptz,
    adjustment text default 'raw'
) returns table (
    level text, symbol text, since timestamptz, until timestamptz,
    numerator numeric, denominator numeric
)
language plpgsql stable parallel safe
as $$
begin
    for symbol, since, until, numerator, denominator in
        select * from market.pieces_of(asked, start_at, end_at, adjustment)
    loop
        if since = market.bucket_of(since, level_width, null)
            and until = market.bucket_of(until, level_width, null)
        then
            level := level_wanted;
            return next;
        else
            for level, since, until in
                select * from market.stretches_of(level_width, since, until)
            loop
                return next;
            end loop;
        end if;
    end loop;
end $$;

comment on function market.reads_of is
'What to read for the candles of an instrument: by piece (market.pieces_of()) the level, or a null
for single events, and the range.';

revoke execute on function market.reads_of from public;
grant execute on function market.reads_of to stockpulse_reader;

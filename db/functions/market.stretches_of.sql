-- A bucket that a change of name or a split cuts is put together from narrower candles: the widest
-- on whose buckets the cuts fall; where there are none, the narrowest and, next to the cut, events.
create or replace function market.stretches_of(
    width interval, start_at timestamptz, end_at timestamptz
) returns table (level text, since timestamptz, until timestamptz)
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    first_start constant timestamptz := market.first_bucket(start_at, width, null);
    last_end constant timestamptz := market.bucket_of(end_at, width, null);
    narrower constant interval [] := array(
        select level_width
        from market.levels_within(width) where level_width < width order by level_width desc
    );
    fitting interval;
begin
    if first_start < last_end then
        return query
        select known.level, first_start, last_end
        from market.levels_within(width) as known
        where known.level_width = width;
    end if;
    for since, until in
        select start_at, least(first_start, end_at) where start_at < first_start
        union all
        select last_end, end_at where first_start <= last_end and last_end < end_at
    loop
        fitting := (
            select max(candidate)
            from unnest(narrower) as candidate
            where since = market.bucket_of(since, candidate, null)
                and until = market.bucket_of(until, candidate, null)
        );
        level := null;
        if cardinality(narrower) = 0 then
            return next;
        else
            return query
            select * from market.stretches_of(
                coalesce(fitting, narrower[cardinality(narrower)]), since, until
            );
        end if;
    end loop;
end $$;

comment on function market.stretches_of is
'Which stored level to read from when to when, so as to cover a range in full buckets of a width or
narrower ones; level is null where single events have to be read.';

revoke execute on function market.stretches_of from public;
grant execute on function market.stretches_of to stockpulse_reader;

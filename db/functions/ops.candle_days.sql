-- From chunks where they are short, from the candles where one chunk holds years.
create or replace function ops.candle_days(first_ts timestamptz, last_ts timestamptz)
returns table (since timestamptz, until timestamptz)
language plpgsql stable
set search_path = pg_catalog
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
declare
    candle_days text := (
        select string_agg(
            format(
                $sql$ union select date_bin('1 day', bucket, '2000-01-01 00:00+00') from %s $sql$,
                ops.hypertable_of(relation)
            ),
            ''
        )
        from ops.lifecycle where width >= interval '1 hour'
    );
begin
    return query execute $sql$
        with days as (
            select generate_series(
                date_bin('1 day', range_start, '2000-01-01 00:00+00'),
                least(range_end, now()) - interval '1 microsecond',
                interval '1 day'
            ) as day
            from timescaledb_information.chunks
            where format('%I.%I', hypertable_schema, hypertable_name)::regclass in (
                select ops.hypertable_of(relation) from ops.lifecycle where chunk <= interval '7 days'
            )
            $sql$ || candle_days || $sql$
        )
        select greatest(day, $1), least(day + interval '1 day', $2)
        from days
        where day < $2 and day + interval '1 day' > $1
        order by 1
    $sql$ using first_ts, last_ts;
end $$;

comment on function ops.candle_days is
'The days of a range, oldest first, that may have candles or events; the first and last cut to it.';

-- Later candles than the watermark are computed when they are read; those that were due at the last
-- run of the refresher are stored all the same, if events for them have come since.
create or replace function ops.is_behind(relation text) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
        from ops.watermarks as marks
        left join ops.refreshed using (relation)
        cross join ops.candle_invalidations($1) as log
        cross join unnest(ops.made_ranges($1)) as made
        where marks.relation = $1
            and greatest(log.since, lower(made)) < least(
                upper(made), greatest(refreshed.until, marks.watermark)
            )
            -- the log keeps what is before all times that TimescaleDB knows
            and log.until > greatest(lower(made), '2000-01-01 00:00+00')
    )
$$;

comment on function ops.is_behind is
'Whether stored candles of a relation are behind what it is made from.';

-- Series by series in their order, so that two loaders never wait for each other in a circle.
create or replace function ops.add_feed_fills(markers json) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    came record;
begin
    for came in
        select symbol, source, event_kind, range_agg(tstzrange(since, until)) as ranges
        from ops.read_feed_markers(markers)
        where state = 'fill'
        group by 1, 2, 3
        order by 1, 2, 3
    loop
        continue when exists (
            select from ops.feed_fills as known
            where known.symbol = came.symbol and known.source = came.source
                and known.event_kind = came.event_kind
                and known.since <= lower(came.ranges) and known.until >= upper(came.ranges)
        );
        with touched as (
            delete from ops.feed_fills as known
            where known.symbol = came.symbol and known.source = came.source
                and known.event_kind = came.event_kind
                and known.since <= upper(came.ranges) and known.until >= lower(came.ranges)
            returning tstzrange(known.since, known.until) as span
        )
        insert into ops.feed_fills (symbol, source, event_kind, since, until)
        select came.symbol, came.source, came.event_kind, lower(united), upper(united)
        from unnest((
            select range_agg(span)
            from (
                select span from touched
                union all
                select unnest(came.ranges)
            ) as spans
        )) as united
        on conflict on constraint feed_fills_pkey do update
        set until = greatest(feed_fills.until, excluded.until);
    end loop;
end $$;

comment on function ops.add_feed_fills is
'Adds the ranges of fills to ops.feed_fills; those that touch become one.';

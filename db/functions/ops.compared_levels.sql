-- The lowest level is made from the events, the others from the widest one that divides them, which
-- has fewer rows than their child; where the events are gone, from the stored candles of the child.
create or replace function ops.compared_levels(
    relations text [], since timestamptz, until timestamptz
) returns table (
    relation text, kind text, "position" smallint, width interval, first_bucket timestamptz,
    below text, below_since timestamptz, events_until timestamptz,
    child text, child_until timestamptz
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with levels as (
        select
            level.*,
            greatest(
                ops.next_bucket(level.width, $2),
                ops.next_bucket(level.width, own.floor_ts),
                ops.first_bucket(level.relation)
            ) as first_bucket,
            ops.next_bucket(level.width, greatest($2, events.floor_ts)) as below_since,
            ops.next_bucket(level.width, events.floor_ts) as child_until,
            ops.next_bucket(level.width, $3) as last_end,
            extract(epoch from level.width)::bigint as seconds
        from ops.verified_levels() as level
        inner join ops.retention_floors as own on level.relation = own.relation
        inner join ops.retention_floors as events on level.kind = events.relation
        where level.relation = any($1)
    )
    select
        relation,
        kind,
        "position",
        width,
        first_bucket,
        (
            select narrower.relation
            from levels as narrower
            where narrower.first_bucket < $3
                and narrower.kind = levels.kind
                and narrower.seconds < levels.seconds
                and levels.seconds % narrower.seconds = 0
            order by narrower.seconds desc
            limit 1
        ),
        below_since,
        max(last_end) over (partition by kind),
        (
            select stored.relation
            from ops.verified_levels() as stored
            where stored.relation = levels.child and levels.first_bucket < levels.child_until
        ),
        least(child_until, last_end)
    from levels
    where first_bucket < $3
$$;

comment on function ops.compared_levels is
'The levels with candles that begin within a range, and what they are made from to be compared.';

-- The moment of the snapshot, and which buckets the next `steps` changes after the known one have
-- touched; `reached` is the last of these. Without a known one none: `reached` is the newest.
-- At least one row. Where `every` is true, of all symbols.
select
    now() as moment,
    known.reached,
    known.newest,
    touched.number,
    touched.kind,
    touched.symbol,
    touched.source,
    touched.timeframe,
    touched.since,
    touched.until,
    touched.first_end,
    touched.removed
from (
    select
        coalesce(newest.number, 0) as newest,
        case
            when %(after)s::bigint is null then coalesce(newest.number, 0)
            else coalesce(next.number, %(after)s::bigint)
        end as reached
    from (values (true)) as one
    left join market.newest_change() as newest on true
    left join market.changes_after(%(after)s::bigint, %(steps)s::integer) as next on true
) as known
left join market.touched_bars(
    coalesce(%(after)s::bigint, known.reached),
    known.reached,
    %(symbols)s::text [] || array(
        select distinct ranges.symbol
        from market.changed_ranges(%(after)s::bigint, known.reached) as ranges
        where %(every)s::boolean and ranges.kind = 'trade'
            and ranges.symbol <> all(%(symbols)s::text [])
    ),
    %(quoted)s::text [],
    %(timeframes)s::text []
) as touched
    on true

-- The moment of the snapshot, the newest change in it, and which buckets changes have touched since
-- the one that is known, null: none; at least one row. Where `every` is true, of all symbols.
select
    now() as moment,
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
    select coalesce((select newest.number from market.newest_change() as newest), 0) as newest
) as known
left join market.touched_bars(
    coalesce(%(after)s::bigint, known.newest),
    %(symbols)s::text [] || array(
        select distinct ranges.symbol
        from market.changed_ranges(%(after)s::bigint, known.newest) as ranges
        where %(every)s::boolean and ranges.kind = 'trade'
            and ranges.symbol <> all(%(symbols)s::text [])
    ),
    %(quoted)s::text [],
    %(timeframes)s::text []
) as touched
    on true

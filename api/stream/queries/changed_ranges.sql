-- The ranges that some commits touched, within the years that drivers know.
select
    number,
    kind,
    symbol,
    source,
    greatest(since, '0001-01-01 00:00+00') as since,
    least(until, '9999-12-31 00:00+00') as until,
    event_kind,
    timeframe
from market.changed_ranges(%(after)s::bigint, %(until)s::bigint)
where %(kinds)s::text [] is null or kind = any(%(kinds)s::text [])

-- Splits and renames in a window as marks on the time scale, the newest ones.
with events as (
    select
        'split' as kind,
        ex_at as happened_at,
        'Split ' || trim_scale(numerator) || ' for ' || trim_scale(denominator) as tooltip
    from market.corporate_actions
    where instrument = market.instrument_of(%(symbol)s::text) and kind = 'split'
    union all
    select
        'name',
        since,
        'From here on ' || symbol
    from market.segments_of(%(symbol)s::text)
    where isfinite(since)
)

select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object(
                    'id', kind || ' ' || extract(epoch from happened_at)::bigint,
                    'time', extract(epoch from happened_at)::bigint,
                    'color', case kind when 'split' then 'blue' else 'green' end,
                    'label', case kind when 'split' then 'S' else 'N' end,
                    'tooltip', json_build_array(tooltip)
                )
                order by happened_at, kind
            ),
            '[]'
        )
    )::text
from (
    select *
    from events
    where happened_at >= %(since)s::timestamptz and happened_at < %(until)s::timestamptz
    order by happened_at desc, kind
    limit %(most)s::integer
) as newest

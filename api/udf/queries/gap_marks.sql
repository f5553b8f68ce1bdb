-- Stretches without a feed in a window as marks on the bars they begin at, the newest ones.
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object(
                    'id', 'gap ' || extract(epoch from since)::bigint,
                    'time', extract(epoch from since)::bigint,
                    'color', 'red',
                    'text',
                    reason || ' from ' || to_char(since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')
                    || ' to '
                    || to_char(until at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')
                    || ' UTC',
                    'label', 'G',
                    'labelFontColor', 'white',
                    'minSize', 14
                )
                order by since
            ),
            '[]'
        )
    )::text
from (
    select *
    from market.gaps(
        %(symbol)s::text, null, %(since)s::timestamptz, %(until)s::timestamptz
    )
    order by since desc
    limit %(most)s::integer
) as gap

create or replace function market.bar_states(
    symbol text,
    timeframe text,
    source text,
    price text,
    starts timestamptz [],
    ends timestamptz []
) returns text []
language sql stable parallel safe
as $$
    with known as materialized (
        select state, range_agg(tstzrange(since, until)) as times
        from market.coverage(
            $1,
            $2,
            (select min(starts) from unnest($5) as starts),
            (select max(ends) from unnest($6) as ends),
            $3,
            $4
        )
        group by state
    )

    select array_agg(coalesce(found.state, 'unknown') order by bar.number)
    from unnest($5, $6) with ordinality as bar (start_at, end_at, number)
    left join lateral (
        select known.state
        from known
        where known.times && tstzrange(bar.start_at, bar.end_at)
        order by array_position(
            array[
                'pending', 'no feed', 'unknown', 'archived', 'complete', 'no trades', 'closed'
            ],
            known.state
        )
        limit 1
    ) as found on true
$$;

comment on function market.bar_states is
'The state of each bar as in market.coverage(); of several the first of pending, no feed, unknown,
archived, complete, no trades and closed.';

revoke execute on function market.bar_states from public;
grant execute on function market.bar_states to stockpulse_reader;

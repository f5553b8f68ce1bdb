create or replace function market.gaps(
    symbol text,
    source text default null,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    price text default null
) returns setof market.gap
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    series constant text := coalesce(lower($2), market.default_source($1));
    event_kind text;
    feed record;
    start_at timestamptz;
    end_at constant timestamptz := least(now(), $4);
    missing tstzmultirange;
begin
    perform market.check_choice(
        'price', coalesce($5, 'trade'), array['trade', 'mid', 'bid', 'ask']
    );
    if series is null then
        return;
    end if;
    event_kind := case coalesce($5, market.default_price($1, series))
        when 'trade' then 'trade' else 'quote'
    end;
    feed := market.feed($1, series, event_kind, $3, end_at);
    start_at := greatest(feed.first_at, $3);
    if feed.first_at is null or start_at >= end_at then
        return;
    end if;
    missing := tstzmultirange(tstzrange(start_at, end_at)) - feed.covered - feed.awaited;
    return query
    with recorded as (
        select part, coalesce(gap.reason, 'missed') as reason, gap.first_id, gap.last_id
        from market.segments_of($1) as segment
        cross join ops.gaps_of(
            segment.symbol, series, event_kind,
            greatest(start_at, segment.since), least(end_at, segment.until)
        ) as gap
        cross join unnest(
            missing * tstzmultirange(
                tstzrange(gap.since, gap.until) * tstzrange(segment.since, segment.until)
            )
        ) as part
        where not gap.is_stored
    ),
    silent as (
        select unnest(
            missing
            - coalesce((select range_agg(part) from recorded), '{}')
            - market.closed_times($1, series, start_at, end_at)
        ) as part
    )
    select lower(part), upper(part), reason, first_id, last_id from recorded
    union all
    select lower(part), upper(part), 'no feed', null, null from silent
    order by 1, 2;
end $$;

comment on function market.gaps is
'When events of a series may be missing: no feed covered it, or the source said so; from its first
feed on, in order, without what has been filled since, closed markets and what is still pending. The
price says whether trades or quotes are meant, as in market.candles().';

revoke execute on function market.gaps from public;
grant execute on function market.gaps to stockpulse_reader;

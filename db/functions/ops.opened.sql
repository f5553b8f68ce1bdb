-- Sessions that follow each other without a break are one. Crypto trades 24/7, of which nobody
-- loads sessions.
create or replace function ops.opened(calendar text, out known boolean, out at timestamptz)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with sessions as (
        select
            open_at,
            close_at,
            lag(close_at) over (order by open_at) as last_close_at
        from market.sessions
        where sessions.calendar = $1
            and open_at > now() - interval '30 days' and open_at < now() + interval '30 days'
    )
    select
        $1 in ('', '24/7') or coalesce(max(close_at) > now(), false),
        case
            when $1 in ('', '24/7') then '-infinity'
            when bool_or(now() >= open_at and now() < close_at)
                then max(open_at) filter (
                    where open_at <= now() and open_at is distinct from last_close_at
                )
        end
    from sessions
$$;

comment on function ops.opened is
'When the market of a calendar opened; null: it is closed, or, unless known, no sessions are loaded.
Without a calendar it never closes.';

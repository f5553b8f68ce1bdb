-- Only as many sessions are looked at as can be needed: each has a bucket at least.
create or replace function market.slots_of(
    timeframe text,
    calendar text,
    since timestamptz,
    until timestamptz,
    max_slots integer,
    newest_first boolean,
    out starts timestamptz [],
    out ends timestamptz []
)
language plpgsql stable parallel safe
as $$
declare
    frame record;
    sign constant integer := case when $6 then -1 else 1 end;
    edge timestamptz;
begin
    frame := market.timeframe_of($1);
    if $2 is null then
        edge := case
            when $6 then market.bucket_of(
                $4 - interval '1 microsecond', frame.width, frame.months
            )
            else market.first_bucket($3, frame.width, frame.months)
        end;
        select
            array_agg(slot order by n),
            array_agg((slot at time zone 'UTC' + frame.width) at time zone 'UTC' order by n)
        into starts, ends
        from generate_series(
            0,
            least(
                $5 - 1,
                -- a month has 28 days at least, to extract() 30
                1.1 * extract(epoch from $4 - $3) / extract(epoch from frame.width) + 1
            )::integer
        ) as n
        cross join lateral (
            select (edge at time zone 'UTC' + sign * n * frame.width) at time zone 'UTC' as slot
        ) as place
        where slot >= $3 and slot < $4;
    elsif extract(epoch from frame.width) < 86400 then
        select
            array_agg(slot order by sign * extract(epoch from slot)),
            array_agg(slot + frame.width order by sign * extract(epoch from slot))
        into starts, ends
        from (
            select distinct slot, sign * extract(epoch from slot) as place
            from (
                select sessions.open_at, sessions.close_at
                from market.sessions
                where sessions.calendar = $2
                    and sessions.close_at > $3 and sessions.open_at < $4
                order by sign * extract(epoch from sessions.open_at)
                limit $5
            ) as session
            cross join generate_series(
                market.bucket_of(session.open_at, frame.width, null),
                session.close_at - interval '1 microsecond', frame.width, 'UTC'
            ) as slot
            where slot >= $3 and slot < $4
            order by place
            limit $5
        ) as slots;
    else
        select
            array_agg(slot order by sign * extract(epoch from slot)),
            array_agg(closes order by sign * extract(epoch from slot))
        into starts, ends
        from (
            select min(sessions.open_at) as slot, max(sessions.close_at) as closes
            from market.sessions
            where sessions.calendar = $2
                and sessions.open_at > $3 - 2 * frame.width
                and sessions.open_at < $4 + 2 * frame.width
            group by market.bucket_of(
                sessions.session_date::timestamp at time zone 'UTC', frame.width, frame.months
            )
            having min(sessions.open_at) >= $3 and min(sessions.open_at) < $4
            order by sign * extract(epoch from min(sessions.open_at))
            limit $5
        ) as slots;
    end if;
end $$;

comment on function market.slots_of is
'The first buckets of a timeframe that start in a range, with newest_first the last ones from the
newest on; where a calendar is given those of its sessions: the buckets that lie in one, and of days,
weeks and months what is open from the first session to the close of the last.';

revoke execute on function market.slots_of from public;
grant execute on function market.slots_of to stockpulse_reader;

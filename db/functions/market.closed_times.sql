-- Between two sessions that are further apart than any exchange has been closed, sessions have not
-- been loaded.
create or replace function market.closed_times(
    symbol text, source text, since timestamptz, until timestamptz
) returns tstzmultirange
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    own_calendar constant text := market.own_calendar($1, $2);
    longest constant interval := '336 hours';
begin
    return (
        select coalesce(range_agg(tstzrange(close_at, next_open_at)), '{}')
        from (
            select close_at, lead(open_at) over (order by open_at) as next_open_at
            from market.sessions
            where calendar = own_calendar
                and open_at > $3 - 2 * longest and open_at < $4 + longest
        ) as breaks
        where close_at < least(next_open_at, $4) and next_open_at > $3
            and next_open_at - close_at <= longest
    );
end $$;

comment on function market.closed_times is
'When the market of a series is closed, by its calendar, in a range; none where no sessions are
loaded.';

revoke execute on function market.closed_times from public;
grant execute on function market.closed_times to stockpulse_reader;

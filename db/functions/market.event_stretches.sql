create or replace function market.event_stretches(
    kind text, symbols text [], source text, start_at timestamptz, end_at timestamptz,
    newest_first boolean
) returns table (since timestamptz, until timestamptz)
language sql stable parallel safe
as $$
    with days as (
        select distinct day
        from unnest(symbols) as names (symbol)
        cross join market.days_of($1, names.symbol, $3, $4, $5) as day
    ),
    numbered as (
        select
            day,
            row_number() over (order by case when newest_first then day end desc, day) as n
        from days
    ),
    stretches as (
        select
            min(day) as first_day,
            max(day) + interval '24 hours' as end_of_days
        from numbered
        group by
            -- days that follow each other
            day + case when newest_first then n else -n end * interval '24 hours',
            -- 1, 2, 4 ... of them: few are opened in vain, and a long history takes few queries
            case when n < 32 then floor(log(2, n)) else 5 + n / 32 end
    )
    select
        greatest($4, first_day),
        least($5, end_of_days)
    from stretches
    where greatest($4, first_day) < least($5, end_of_days)
    order by case when newest_first then first_day end desc, first_day
$$;

comment on function market.event_stretches is
'Stretches of whole days that hold all trades or quotes of a series in a range, in the order in
which they are read.';

revoke execute on function market.event_stretches from public;
grant execute on function market.event_stretches to stockpulse_reader;

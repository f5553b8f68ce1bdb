-- The one place where a timeframe is read. Units are a matter of spelling; which widths are stored
-- is a matter of ops.lifecycle alone.
create or replace function market.timeframe_of(
    timeframe text,
    out level text, out level_width interval, out width interval, out months integer
)
language plpgsql stable parallel safe
as $$
declare
    parts constant text [] := regexp_match(timeframe, '^([1-9][0-9]{0,4})(s|m|h|d|w|mo)$');
    number constant integer := parts[1];
    day constant integer := 86400;
    seconds constant integer := case parts[2]
        when 's' then 1 when 'm' then 60 when 'h' then 3600 when 'd' then day when 'w' then 7 * day
    end;
    reason text := '';
begin
    if parts[2] = 'mo' then
        months := number;
        width := make_interval(months => number);
    else
        -- in hours: a day of the calendar has 23 or 25 of them in some time zones
        width := make_interval(secs => number::double precision * seconds);
    end if;
    if parts[2] not in ('d', 'w', 'mo') and day % (number::bigint * seconds) <> 0 then
        reason := format(': %s does not divide a day', timeframe);
    else
        select known.level, known.level_width into level, level_width
        from market.levels_within(case when months is null then width else '24 hours' end) as known
        limit 1;
        if level is not null then
            return;
        end if;
    end if;
    raise exception 'unknown timeframe %', quote_nullable(timeframe) || reason
        using hint = format(
            'possible are %s, multiples of them that divide a day (10m, 2h), days and weeks'
            ' (3d, 1w) and months (1mo)',
            (
                select string_agg(known.level, ', ' order by known.level_width)
                from market.levels_within('24 hours') as known
            )
        ),
        errcode = 'invalid_parameter_value';
end $$;

comment on function market.timeframe_of is
'The width of a timeframe and the stored level it is built from, the widest that divides it: itself,
a multiple that divides a day (10m, 2h), days and weeks (counted from Monday, 3 January 2000) or
months (1mo; counted from January 2000; `months` is null otherwise). An error for anything else.';

revoke execute on function market.timeframe_of from public;
grant execute on function market.timeframe_of to stockpulse_reader;

-- Generated from ops.lifecycle, like market.check_timeframe(). A day is 24 hours here: in some time
-- zones an interval of a day has 23 or 25. Like all functions of analysts it uses qualified names
-- and nothing of TimescaleDB, so that it works under any search_path.
do $do$
declare
    branches text;
begin
    select string_agg(
        format(
            'when %L then interval %L',
            level, make_interval(secs => extract(epoch from width)::double precision)
        ),
        E'\n            ' order by "position"
    ) into branches
    from ops.lifecycle where child is not null;
    execute format(
        $sql$
create or replace function market.width_of(timeframe text) returns interval
language sql immutable parallel safe
as $function$
    select case when not market.check_timeframe($1) then
        case $1
            %s
        end
    end
$function$
        $sql$,
        branches
    );
end $do$;

comment on function market.width_of is
'Length of the buckets of a timeframe.';

revoke execute on function market.width_of from public;
grant execute on function market.width_of to stockpulse_reader;

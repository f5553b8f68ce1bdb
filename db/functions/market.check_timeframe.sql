-- Generated from ops.lifecycle, which readers cannot read and an immutable function must not.
do $do$
declare
    known constant text [] := array(
        select level from ops.lifecycle where child is not null order by "position"
    );
begin
    execute format(
        $sql$
create or replace function market.check_timeframe(timeframe text) returns boolean
language plpgsql immutable parallel safe
as $function$
begin
    if timeframe = any(%L::text []) then
        return false;
    end if;
    raise exception 'unknown timeframe %%', quote_nullable(timeframe)
        using hint = %L, errcode = 'invalid_parameter_value';
end $function$
        $sql$,
        known,
        'known are ' || regexp_replace(array_to_string(known, ', '), ', (\w+)$', ' and \1')
    );
end $do$;

comment on function market.check_timeframe is
'Returns false for a known timeframe and raises an error for any other.';

revoke execute on function market.check_timeframe from public;
grant execute on function market.check_timeframe to stockpulse_reader;

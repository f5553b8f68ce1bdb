create or replace function market.check_fill(fill text) returns boolean
language plpgsql immutable parallel safe
as $$
begin
    if fill in ('none', 'null', 'previous') then
        return false;
    end if;
    raise exception 'unknown fill %', quote_nullable(fill)
        using hint = 'known are none, null and previous', errcode = 'invalid_parameter_value';
end $$;

comment on function market.check_fill is
'False for a way to fill that exists, an error for any other.';

revoke execute on function market.check_fill from public;
grant execute on function market.check_fill to stockpulse_reader;

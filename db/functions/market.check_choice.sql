create or replace function market.check_choice(name text, value text, known text []) returns void
language plpgsql immutable parallel safe
as $$
begin
    if value = any(known) then
        return;
    end if;
    raise exception 'unknown % %', name, quote_nullable(value)
        using hint = 'known are ' || regexp_replace(
            array_to_string(known, ', '), E', (\\w+)$', E' and \\1'
        ),
        errcode = 'invalid_parameter_value';
end $$;

comment on function market.check_choice is
'Raises an error that lists the known values if a parameter of that name has another one.';

revoke execute on function market.check_choice from public;
grant execute on function market.check_choice to stockpulse_reader;

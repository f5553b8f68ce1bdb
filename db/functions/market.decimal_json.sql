create or replace function market.decimal_json(number numeric, as_string boolean default false)
returns text
language sql immutable parallel safe
as $$
    select case
        when $1 is null then 'null'
        when $2 then '"' || $1::text || '"'
        else $1::text
    end
$$;

comment on function market.decimal_json is
'A decimal in JSON with all its digits: a number, or a string; null is null.';

revoke execute on function market.decimal_json from public;
grant execute on function market.decimal_json to stockpulse_reader;

create or replace function market.number_in(tick_id text) returns bigint
language sql immutable parallel safe
return case when tick_id ~ '^(0|[1-9][0-9]{0,17})$' then tick_id::bigint end;

comment on function market.number_in is
'The whole number that an id is, of 18 digits at most; null if it is none.';

revoke execute on function market.number_in from public;
grant execute on function market.number_in to stockpulse_reader;

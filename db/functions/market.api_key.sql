-- The reader does not see ops, and learns of a key only if it has its digest, of what a client has
-- sent. Digests are compared, so the time that it takes tells nothing of the keys.
create or replace function market.api_key(
    key_sha256 bytea, out name text, out rate_per_minute integer
) returns setof record
language sql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
begin atomic
select
    keys.name,
    keys.rate_per_minute
from ops.api_keys as keys
where keys.key_sha256 = api_key.key_sha256 and keys.revoked_at is null;
end;

comment on function market.api_key is
'Name and limit of requests per minute of the API key with this SHA-256; no row if there is none.';

revoke execute on function market.api_key from public;
grant execute on function market.api_key to stockpulse_reader;

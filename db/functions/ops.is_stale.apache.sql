create or replace function ops.is_stale(
    child text, since timestamptz, until timestamptz
) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
        from ops.lifecycle
        inner join ops.candle_changes as change on lifecycle.kind = change.kind
        where lifecycle.relation = $1 and change.since < $3 and change.until > $2
    )
$$;

comment on function ops.is_stale is
'Whether candles made from this relation are behind it within the range.';

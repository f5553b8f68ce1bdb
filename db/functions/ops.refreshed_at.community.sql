-- The live level is the last of a run: once it is done, so are the others.
create or replace function ops.refreshed_at(kind text) returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select refreshed.until
    from ops.lifecycle
    inner join ops.refreshed using (relation)
    where lifecycle.kind = $1 and lifecycle.live and lifecycle.keep > interval '0'
$$;

comment on function ops.refreshed_at is
'A time before which the last run began that went through all levels of trades or quotes; null: not
known.';

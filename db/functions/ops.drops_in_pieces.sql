create or replace function ops.drops_in_pieces(relation text) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select not lifecycle.live and (
        ops.awaits_archive() or not isempty(floors.kept) or not isempty(floors.held)
    )
    from ops.lifecycle
    inner join ops.retention_floors as floors on lifecycle.relation = floors.relation
    where lifecycle.relation = $1
$$;

comment on function ops.drops_in_pieces is
'Whether some chunks of a relation may stay where later ones are dropped.';

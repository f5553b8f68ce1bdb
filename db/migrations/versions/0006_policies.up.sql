set local role stockpulse_owner;

-- Loaders that store ticks older than a day hold this lock shared, whoever drops holds it alone:
-- no tick can land below the floor while the floor moves.
create function ops.retention_lock() returns bigint
language sql immutable
set search_path = pg_catalog
as $$ select hashtext('ops.floors')::bigint $$;

comment on function ops.retention_lock() is
'Key of the advisory lock between retention and the loading of old ticks.';

grant execute on function ops.retention_lock() to stockpulse_loader;

create function ops.dropped_until(level text) returns timestamptz
language sql stable
set search_path = pg_catalog
as $$ select floor_ts from ops.floors where floors.level = $1 $$;

comment on function ops.dropped_until(text) is 'The floor of a level: before it, all was dropped.';

reset role;

create or replace function ops.still_settled(
    kind text, settled date [], seen bigint, until timestamptz
) returns date []
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select array(
        select unnest($2)
        except
        select day from ops.changed_days($1, $3, $4)
        except
        select (ts at time zone 'UTC')::date from ops.late_events where kind = rtrim($1, 's')
    )
    where $2 is not null
$$;

comment on function ops.still_settled is
'The days of an array that have not changed after a change, and for which no late event waits.';

revoke execute on function ops.still_settled from public;

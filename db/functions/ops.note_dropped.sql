create or replace function ops.note_dropped(
    relation text, gone tstzmultirange, to_archive boolean
) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    update ops.retention_floors as floors
    set
        floor_ts = greatest(floors.floor_ts, upper($2)),
        kept = floors.kept - $2 + coalesce(
            (
                select range_agg(tstzrange(range_start, range_end))
                from timescaledb_information.chunks
                where format('%I.%I', hypertable_schema, hypertable_name)
                    = ops.hypertable_of($1)::text
                    and range_start >= floors.floor_ts and range_end <= upper($2)
            ),
            '{}'
        ),
        archived = floors.archived + case
            when $3 then $2 * (floors.kept + tstzmultirange(tstzrange(floors.floor_ts, null)))
            else '{}'
        end
    where floors.relation = $1 and not isempty($2)
$$;

comment on function ops.note_dropped is
'Moves the floor of a relation past the chunks that were dropped, and notes those that are left.';

revoke execute on function ops.note_dropped from public;

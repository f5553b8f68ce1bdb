-- Every change of a day is committed under the lock or before it, so none is missed.
create or replace function ops.drop_in_pieces(
    relation text, seen bigint, settled date []
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    target ops.lifecycle;
    gone tstzmultirange;
    piece tstzrange;
begin
    select * into target from ops.lifecycle where lifecycle.relation = $1;
    lock table ops.kafka_offsets in share row exclusive mode;
    if settled is null and ops.awaits_archive() then
        return; -- since just now
    end if;
    gone := ops.droppable(
        $1, target.keep, ops.still_settled(target.kind, settled, seen, now() - target.keep)
    );
    foreach piece in array array(select unnest(gone)) loop
        perform public.drop_chunks(
            ops.store_of($1), newer_than => lower(piece), older_than => upper(piece)
        );
    end loop;
    perform ops.note_dropped($1, gone, settled is not null);
end $$;

comment on function ops.drop_in_pieces is
'Drops the chunks of a relation whose days the archive has as they are; `settled` is of a time at
which changes up to `seen` were committed; null: all but the restored ones, without an archive.';

revoke execute on function ops.drop_in_pieces from public;

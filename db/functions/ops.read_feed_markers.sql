create or replace function ops.read_feed_markers(markers json)
returns table (
    state text, source text, session text, symbol text, event_kind text,
    since timestamptz, until timestamptz, first_id text, last_id text, reason text,
    instrument json, topic text, "partition" integer, "offset" bigint
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select *
    from json_to_recordset(markers) as marker (
        state text, source text, session text, symbol text, event_kind text,
        since timestamptz, until timestamptz, first_id text, last_id text, reason text,
        instrument json, topic text, "partition" integer, "offset" bigint
    )
$$;

comment on function ops.read_feed_markers is 'Markers of feeds as the loader writes them.';

create or replace procedure ops.analyze_slices(relation text)
language plpgsql
as $$
declare
    chunk regclass;
begin
    for chunk in
        select class.oid
        from timescaledb_information.chunks
        inner join pg_catalog.pg_class as class
            on class.oid = format('%I.%I', chunk_schema, chunk_name)::regclass
        left join pg_catalog.pg_stat_all_tables as stats on class.oid = stats.relid
        where format('%I.%I', hypertable_schema, hypertable_name) = ops.hypertable_of($1)::text
            and not is_compressed
            and (
                class.reltuples < 0
                or stats.n_mod_since_analyze > greatest(stats.n_live_tup / 5, 1000)
            )
    loop
        execute format('analyze %s', chunk);
        commit;
    end loop;
end $$;

comment on procedure ops.analyze_slices is
'Updates the statistics of chunks just written: without, the next level is slow to make.';

create or replace function ops.log_change(kind text, symbol text, ts timestamptz) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    select ops.log_bar_changes(array[ts], array[ts + interval '1 microsecond'])
    where kind = 'trade'
$$;

comment on function ops.log_change is
'Logs that the event of a moment changed, for its bar; TimescaleDB logs what changes for candles.';

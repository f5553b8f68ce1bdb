create or replace function ops.log_ranges(ranges json) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.changed_ranges (
        change, kind, symbols, source, since, until, batch, event_kind, timeframe
    )
    select
        ops.change_id(), kind, symbols, source, since, until, batch, event_kind, timeframe
    from json_to_recordset(ranges) as range (
        kind text, symbols text [], source text, since timestamptz, until timestamptz,
        batch bigint, event_kind text, timeframe text
    )
$$;

comment on function ops.log_ranges is
'Logs ranges that this transaction changes: objects with columns of ops.changed_ranges.';

revoke execute on function ops.log_ranges from public;
grant execute on function ops.log_ranges to stockpulse_loader;

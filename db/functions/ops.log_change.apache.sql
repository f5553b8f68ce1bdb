create or replace function ops.log_change(kind text, symbol text, ts timestamptz) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    minute timestamptz := date_bin('1 minute', ts, '2000-01-01 00:00+00');
begin
    insert into ops.candle_changes (kind, symbol, since, until)
    values (kind || 's', symbol, minute, minute + interval '1 minute');
    if kind = 'trade' then
        perform ops.log_bar_changes(array[minute], array[minute + interval '1 minute']);
    end if;
end $$;

comment on function ops.log_change is
'Logs that the event of a moment changed, for the next refresh of the candles and for its bar.';

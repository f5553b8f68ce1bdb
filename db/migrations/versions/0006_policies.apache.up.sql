set local role stockpulse_owner;

create procedure ops.apply_retention()
language plpgsql
security definer
set search_path = pg_catalog, public
as $$
declare
    target record;
    newest timestamptz;
begin
    call market.refresh_candles();
    -- Loaders look at the floor under a lock of their own: none stores a tick while it moves.
    lock table ops.floors in access exclusive mode;
    for target in
        select level, keep, ops.store_of(level) as store
        from ops.lifecycle where keep is not null order by "position"
    loop
        select max(range_end) into newest
        from timescaledb_information.chunks
        where format('%I.%I', hypertable_schema, hypertable_name)::regclass = target.store
            and range_end <= now() - target.keep;
        continue when newest is null
            or exists (select from ops.candle_changes where since < newest);
        perform drop_chunks(target.store, older_than => newest);
        update ops.floors set floor_ts = greatest(floor_ts, newest) where level = target.level;
    end loop;
end $$;

comment on procedure ops.apply_retention() is
'Drops what is older than ops.lifecycle.keep, once the candles made from it are up to date; the loader calls it on a timer.';

revoke execute on procedure ops.apply_retention() from public;
grant execute on procedure ops.apply_retention() to stockpulse_loader;

-- Nothing to schedule here: the loader's timer does the work, and there is no columnstore.
create procedure ops.apply_lifecycle()
language sql
begin atomic;
end;

comment on procedure ops.apply_lifecycle() is 'Puts ops.lifecycle into force.';

reset role;

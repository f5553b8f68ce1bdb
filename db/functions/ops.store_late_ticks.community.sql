-- What market.ticks refuses is found by halving, as the loader does it.
create or replace function ops.store_late_ticks(ids bigint []) returns integer
language plpgsql
as $$
declare
    middle integer := cardinality(ids) / 2;
begin
    insert into market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord)
    select ts, symbol, source, price, size, bid, ask, tick_id, ord
    from ops.late_ticks as late
    where late.id = any(ids)
        and not exists (
            select from ops.tick_corrections as cancelled
            where cancelled.action = 'cancel'
                and cancelled.ts = late.ts and cancelled.symbol = late.symbol
                and cancelled.source = late.source and cancelled.tick_id = late.tick_id
        )
    order by late.id
    on conflict do nothing;
    return 0;
exception
    when data_exception or integrity_constraint_violation or raise_exception
        or program_limit_exceeded
    then
        if middle > 0 then
            return ops.store_late_ticks(ids[:middle]) + ops.store_late_ticks(ids[middle + 1:]);
        end if;
        insert into ops.rejects
        (topic, "partition", "offset", "key", "value", source, reason, detail)
        select
            late.topic, late."partition", late."offset", late."key", late."value",
            late.source_header, 'refused by the database', regexp_replace(sqlerrm, '\s+', ' ', 'g')
        from ops.late_ticks as late
        where late.id = any(ids);
        return 1;
end $$;

comment on function ops.store_late_ticks is
'Copies waiting ticks to market.ticks, those it refuses to ops.rejects; returns how many of these.';

revoke execute on function ops.store_late_ticks from public;
grant execute on function ops.store_late_ticks to stockpulse_loader;

create or replace function ops.replace_ticks(
    topic text, "partition" integer, "offset" bigint,
    batch text, symbol text, source text, since timestamptz, until timestamptz
) returns integer
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_custom_plan
-- the planner knows nothing of rows just staged and would compare each with each: minutes an hour
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    gone integer;
    added integer;
begin
    -- Whatever is not sent again as it stands goes, also ticks without an identity.
    with removed as (
        delete from market.ticks as tick
        where tick.symbol = $5 and tick.source = $6 and tick.ts >= $7 and tick.ts < $8
            and not exists (
                select from ops.replacements as wanted
                where wanted.batch = $4 and wanted.symbol = $5 and wanted.source = $6
                    and wanted.ts = tick.ts and wanted.tick_id = tick.tick_id
                    and (wanted.price, wanted.size, wanted.bid, wanted.ask)
                    is not distinct from (tick.price, tick.size, tick.bid, tick.ask)
            )
        returning tick.*
    ),
    noted as (
        insert into ops.tick_corrections (
            topic, "partition", "offset", action, ts, symbol, source, tick_id,
            old_price, old_size, old_bid, old_ask, old_ord,
            new_price, new_size, new_bid, new_ask, new_ord
        )
        select
            $1, $2, $3, 'replace', removed.ts, $5, $6, removed.tick_id,
            removed.price, removed.size, removed.bid, removed.ask, removed.ord,
            wanted.price, wanted.size, wanted.bid, wanted.ask, wanted.ord
        from removed
        left join ops.replacements as wanted
            on wanted.batch = $4 and wanted.symbol = $5 and wanted.source = $6
                and wanted.ts = removed.ts and wanted.tick_id = removed.tick_id
        returning new_price
    )
    select count(*) filter (where new_price is null) into gone from noted;
    insert into market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord)
    select
        wanted.ts, wanted.symbol, wanted.source, wanted.price, wanted.size,
        wanted.bid, wanted.ask, wanted.tick_id, wanted.ord
    from ops.replacements as wanted
    where wanted.batch = $4
        and not exists (
            select from ops.tick_corrections as cancelled
            where cancelled.action = 'cancel'
                and cancelled.ts = wanted.ts and cancelled.symbol = wanted.symbol
                and cancelled.source = wanted.source and cancelled.tick_id = wanted.tick_id
        )
    on conflict do nothing;
    get diagnostics added = row_count;
    -- and what earlier attempts at the range, cut short, have left behind
    delete from ops.replacements as staged
    where staged.symbol = $5 and staged.source = $6 and staged.ts >= $7 and staged.ts < $8;
    return gone + added;
end $$;

comment on function ops.replace_ticks is
'Puts a complete batch of ops.replacements in the place of a series'' ticks since <= ts < until.';

revoke execute on function ops.replace_ticks from public;
grant execute on function ops.replace_ticks to stockpulse_loader;

create or replace function ops.replace_range(
    topic text, "partition" integer, "offset" bigint, batch bigint,
    batch_name text, kind text, symbol text, source text, since timestamptz, until timestamptz
) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- the planner has no statistics of rows just staged and would compare each with each: minutes per
-- hour
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    gone bigint;
    added bigint;
    -- all but the batch that brought it
    compared text [] := array(
        select unnest(string_to_array(ops.event_columns($6), ', '))
        except select unnest('{ts, symbol, source, tick_id, batch, received_at, rules}'::text [])
        order by 1
    );
    wanted_columns text := (select string_agg('wanted.' || name, ', ') from unnest(compared) as name);
    stored_columns text := (select string_agg('event.' || name, ', ') from unnest(compared) as name);
begin
    lock table ops.kafka_offsets in share row exclusive mode;
    -- Everything goes that is not sent again as it stands, events without an id too.
    execute format(
        $sql$
        with removed as (
            delete from market.%1$I as event
            where event.symbol = $1 and event.source = $2 and event.ts >= %2$L and event.ts < %3$L
                and not exists (
                    select from ops.replacements as wanted
                    where wanted.batch_name = $3 and wanted.kind = $4
                        and wanted.symbol = $1 and wanted.source = $2
                        and wanted.ts = event.ts and wanted.tick_id = event.tick_id
                        and (%4$s) is not distinct from (%5$s)
                )
            returning to_jsonb(event) as old, event.ts, event.tick_id
        ),
        noted as (
            insert into ops.amendments (
                topic, "partition", "offset", batch, action, kind, symbol, source, tick_id, ts,
                applied_at, applied_ts, applied_tick_id,
                old_price, old_size, old_bid, old_ask, old_bid_size, old_ask_size,
                new_price, new_size, new_bid, new_ask, new_bid_size, new_ask_size, new_tick_id
            )
            select
                $5, $6, $7, $8, 'replace', $4, $1, $2, removed.tick_id, removed.ts,
                clock_timestamp(), removed.ts, removed.tick_id,
                (old ->> 'price')::numeric, (old ->> 'size')::numeric,
                (old ->> 'bid')::numeric, (old ->> 'ask')::numeric,
                (old ->> 'bid_size')::numeric, (old ->> 'ask_size')::numeric,
                wanted.price, wanted.size, wanted.bid, wanted.ask, wanted.bid_size, wanted.ask_size,
                wanted.tick_id
            from removed
            left join ops.replacements as wanted
                on wanted.batch_name = $3 and wanted.kind = $4
                    and wanted.symbol = $1 and wanted.source = $2
                    and wanted.ts = removed.ts and wanted.tick_id = removed.tick_id
            returning new_tick_id
        ),
        logged as (
            insert into ops.changed_events (
                change, kind, action, symbol, source, ts, tick_id, batch, old_ts, old_tick_id, old
            )
            select
                ops.change_id(), $4,
                case when wanted.tick_id is null then 'cancelled' else 'corrected' end,
                $1, $2, removed.ts, removed.tick_id, wanted.batch,
                removed.ts, removed.tick_id, removed.old
            from removed
            left join ops.replacements as wanted
                on wanted.batch_name = $3 and wanted.kind = $4
                    and wanted.symbol = $1 and wanted.source = $2
                    and wanted.ts = removed.ts and wanted.tick_id = removed.tick_id
        )
        select count(*) filter (where new_tick_id is null) from noted
        $sql$,
        kind || 's', since, until, wanted_columns, stored_columns
    ) into gone
    using symbol, source, batch_name, kind, topic, "partition", "offset", batch;
    perform ops.make_staging();
    execute format(
        $sql$
        insert into pg_temp.%1$I (%2$s, message)
        select %2$s, row_number() over (order by ts, ns, seq, tick_id)
        from ops.replacements as wanted
        where wanted.batch_name = $1 and wanted.kind = $2 and wanted.symbol = $3
            and wanted.source = $4 and wanted.ts >= $5 and wanted.ts < $6
        $sql$,
        'staging_' || kind || 's', ops.event_columns(kind)
    ) using batch_name, kind, symbol, source, since, until;
    select stored.rows into added from ops.store_staged(kind, false, true) as stored;
    -- and what earlier attempts at the range, cut short, have left behind
    delete from ops.replacements as staged
    where staged.kind = $6 and staged.symbol = $7 and staged.source = $8
        and staged.ts >= $9 and staged.ts < $10;
    return gone + added;
end $$;

comment on function ops.replace_range is
'Puts a complete batch of ops.replacements in the place of a series'' events since <= ts < until.';

revoke execute on function ops.replace_range from public;
grant execute on function ops.replace_range to stockpulse_loader;

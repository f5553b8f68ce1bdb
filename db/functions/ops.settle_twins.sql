-- Of the twins that are staged or stored only the finest stays, whichever came first. A staged
-- event that takes the place of a stored one is no new one: its message becomes null. A stored one
-- that was amended keeps its values at the finer time, and its new id.
create or replace function ops.settle_twins(kind text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    staging text := 'staging_' || kind || 's';
    relation text := kind || 's';
    changeable text := case kind
        when 'trade' then 'price, size, side, exchange, tape, conditions, rules, moves'
        else 'bid, ask, bid_size, ask_size, exchange, tape, conditions, moves'
    end;
    same_id text := $sql$
        fine.symbol = coarse.symbol and fine.source = coarse.source and fine.tick_id = coarse.tick_id
        and coarse.source in (select source from market.sources where id_scope <> 'none')
        and ops.is_cut_of(coarse.ts, coarse.ns, fine.ts, fine.ns)
    $sql$;
    span record;
    replaced bigint;
begin
    execute format('delete from %1$I as coarse using %1$I as fine where %2$s', staging, same_id);
    -- literals, so that other chunks are not even opened
    execute format(
        $sql$
        select
            date_bin('1 second', min(ts), '2000-01-01 00:00+00') as since,
            date_bin('1 second', max(ts), '2000-01-01 00:00+00') + interval '1 second' as until,
            array_agg(distinct symbol) as symbols
        from %I
        where tick_id is not null
        $sql$,
        staging
    ) into span;
    if span.since is null then
        return;
    end if;
    execute format(
        'delete from %I as coarse using market.%I as fine'
        ' where fine.ts >= %L and fine.ts < %L and fine.symbol = any(%L) and %s',
        staging, relation, span.since, span.until, span.symbols, same_id
    );
    execute format(
        'update %I as fine set message = null from market.%I as coarse'
        ' where coarse.ts >= %L and coarse.ts < %L and coarse.symbol = any(%L) and %s',
        staging, relation, span.since, span.until, span.symbols, same_id
    );
    get diagnostics replaced = row_count;
    if replaced > 0 then
        execute format(
            $sql$
            update %I as fine set (%s) = row(%s)
            from market.%I as coarse, ops.amendments as applied
            where coarse.ts >= %L and coarse.ts < %L and coarse.symbol = any(%L)
                and applied.kind = %L and applied.action = 'correct'
                and applied.symbol = coarse.symbol and applied.source = coarse.source
                and applied.applied_ts = coarse.ts and applied.new_tick_id = coarse.tick_id
                and %s
            $sql$,
            staging, changeable,
            regexp_replace(changeable, E'(\\w+)', E'coarse.\\1', 'g'),
            relation, span.since, span.until, span.symbols, kind, same_id
        );
        execute format(
            $sql$
            with gone as (
                delete from market.%I as coarse using %I as fine
                where coarse.ts >= %L and coarse.ts < %L and coarse.symbol = any(%L) and %s
                returning to_jsonb(coarse) as old, coarse.ts as old_ts, fine.*
            )
            insert into ops.changed_events (
                change, kind, action, symbol, source, ts, tick_id, batch, old_ts, old_tick_id, old
            )
            select
                ops.change_id(), $1, 'corrected', symbol, source, ts, tick_id, batch,
                old_ts, tick_id, old
            from gone
            $sql$,
            relation, staging, span.since, span.until, span.symbols, same_id
        ) using kind;
    end if;
end $$;

comment on function ops.settle_twins is
'Leaves the finest of staged and stored events that are one at several precisions.';

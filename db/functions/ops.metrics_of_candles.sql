create or replace function ops.metrics_of_candles()
returns table (
    relation text, kind text, level text, ranges bigint, since timestamptz, refreshed_at timestamptz
)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        lifecycle.relation,
        case lifecycle.kind when 'trades' then 'trade' else 'quote' end,
        lifecycle.level,
        count(pending.since),
        min(pending.since),
        ops.refreshed_at(lifecycle.kind)
    from ops.lifecycle
    left join market.pending() as pending
        on lifecycle.kind = pending.kind and lifecycle.level = pending.timeframe
    where lifecycle.child is not null and not lifecycle.live
    group by lifecycle.relation
    order by lifecycle."position"
$$;

comment on function ops.metrics_of_candles is
'How much of each level of candles is behind its events, and since when at most: all that was
committed before refreshed_at is in.';

revoke execute on function ops.metrics_of_candles from public;
grant execute on function ops.metrics_of_candles to stockpulse_loader;

create or replace function ops.count_ticks(
    symbol text, source text, since timestamptz, until timestamptz
) returns bigint
language sql stable
security definer
set search_path = pg_catalog
as $$
    select
        (
            select count(*)
            from market.ticks as tick
            where tick.symbol = $1 and tick.source = $2 and tick.ts >= $3 and tick.ts < $4
        ) + (
            select count(*)
            from ops.tick_corrections as cancelled
            where cancelled.action = 'cancel'
                and cancelled.symbol = $1 and cancelled.source = $2
                and cancelled.ts >= $3 and cancelled.ts < $4
        )
$$;

comment on function ops.count_ticks is
'How many ticks of a series have been stored, cancelled ones included; since <= ts < until.';

revoke execute on function ops.count_ticks from public;
grant execute on function ops.count_ticks to stockpulse_loader;

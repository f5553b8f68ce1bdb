create or replace function ops.pending_candles(relation text) returns tstzmultirange
language sql stable
set search_path = pg_catalog
as $$
    with recursive chain (relation, child, depth) as (
        select lifecycle.relation, lifecycle.child, 0
        from ops.lifecycle
        where lifecycle.relation = $1
        union all
        select below.relation, below.child, chain.depth + 1
        from chain
        inner join ops.lifecycle as below on chain.child = below.relation
        where below.child is not null
    ),
    stored as ( -- a relation, and how far it or one that is made from it is stored
        select
            chain.relation,
            max(
                _timescaledb_functions.to_timestamp(
                    _timescaledb_functions.cagg_watermark(cagg.mat_hypertable_id)
                )
            ) over (order by chain.depth) as until
        from chain
        inner join _timescaledb_catalog.continuous_agg as cagg
            on format('%I.%I', user_view_schema, user_view_name)
            = ops.relation_of(chain.relation)::text
    ),
    spans as (
        select
            stale.since,
            least(stale.until, stored.until) as until
        from stored
        cross join ops.candle_invalidations(stored.relation) as stale
    )
    select coalesce(range_agg(tstzrange(since, until)), '{}') from spans where since < until
$$;

comment on function ops.pending_candles is
'Where stored candles may differ from their events until the next refresh.';

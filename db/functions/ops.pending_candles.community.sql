create or replace function ops.pending_candles(relation text) returns tstzmultirange
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with chain as (
        select
            part.relation,
            part.depth,
            -- how far it or one that is made from it is stored; none is made from a live level
            case
                when lifecycle.live then marks.watermark
                else max(marks.watermark) over (order by part.depth)
            end as until
        from unnest(ops.chain_of($1)) with ordinality as part (relation, depth)
        inner join ops.watermarks as marks on part.relation = marks.relation
        inner join ops.lifecycle on part.relation = lifecycle.relation
    ),
    spans as (
        select
            greatest(stale.since, lower(made)) as since,
            least(stale.until, upper(made), chain.until) as until
        from chain
        cross join ops.candle_invalidations(chain.relation) as stale
        cross join unnest(ops.made_ranges(chain.relation)) as made
    )
    select coalesce(range_agg(tstzrange(since, until)), '{}') from spans where since < until
$$;

comment on function ops.pending_candles is
'Where stored candles may differ from their events until the next refresh.';

-- Not the aggregates' own formula: other functions on purpose, over ticks at every level. Where
-- the ticks are gone a level is made from the level below it, whose candles are all there is.
-- Stable, so that ticks, candles and the log of changes are seen at one moment.
create or replace function ops.candle_mismatches(
    target_level text, since timestamptz, until timestamptz,
    only_symbol text default null, only_source text default null
) returns setof ops.candle_difference
language plpgsql stable
set search_path = pg_catalog, public
set timezone = 'UTC'
as $$
declare
    target record;
    first_bucket timestamptz;
    from_ticks timestamptz;
    last_end timestamptz;
begin
    perform market.check_timeframe(target_level);
    select lifecycle.*, retention_floors.floor_ts into target
    from ops.lifecycle inner join ops.retention_floors using (level)
    where level = target_level;
    first_bucket := greatest(
        ops.next_bucket(target.width, since),
        ops.next_bucket(target.width, target.floor_ts),
        ops.first_bucket(target_level)
    );
    last_end := ops.next_bucket(target.width, until);
    from_ticks := greatest(first_bucket, (
        select ops.next_bucket(target.width, floor_ts) from ops.retention_floors where level = 'ticks'
    ));
    return query execute format(
        $sql$
        with expected as (
            select
                date_bin(%1$L, ts, '2000-01-01 00:00+00') as bucket,
                symbol,
                source,
                (array_agg(price order by ord))[1] as open,
                max(price) as high,
                min(price) as low,
                (array_agg(price order by ord desc))[1] as close,
                sum(size) as volume,
                sum(price * size) as notional,
                count(*)::numeric as tick_count,
                min(ord) as first_ord,
                max(ord) as last_ord
            from market.ticks
            where ts >= $1 and ts < $2
                and ($3 is null or symbol = $3) and ($4 is null or source = $4)
            group by 1, 2, 3
            $sql$ || case when target.child <> 'ticks' then $sql$
            union all
            select
                date_bin(%1$L, bucket, '2000-01-01 00:00+00'),
                symbol,
                source,
                (array_agg(open order by bucket))[1],
                max(high),
                min(low),
                (array_agg(close order by bucket desc))[1],
                sum(volume),
                sum(notional),
                sum(tick_count),
                null,
                null
            from %2$s
            where bucket >= $5 and bucket < least($1, $2)
                and ($3 is null or symbol = $3) and ($4 is null or source = $4)
            group by 1, 2, 3
            $sql$ else '' end || $sql$
        ),
        stored as (
            select *
            from %3$s
            where bucket >= $5 and bucket < $2
                and ($3 is null or symbol = $3) and ($4 is null or source = $4)
        )
        select
            %4$L, bucket, symbol, source, field, now_stored, now_expected,
            case
                when stored.tick_count is null then 'missing'
                when expected.tick_count is null then 'extra'
                else 'different'
            end,
            coalesce(tstzrange(bucket, bucket + %1$L) && $6, false)
        from expected
        full join stored using (bucket, symbol, source)
        cross join lateral (values
            ('open', stored.open, expected.open),
            ('high', stored.high, expected.high),
            ('low', stored.low, expected.low),
            ('close', stored.close, expected.close),
            ('volume', stored.volume, expected.volume),
            ('notional', stored.notional, expected.notional),
            ('vwap', stored.vwap, expected.notional / nullif(expected.volume, 0)),
            ('tick_count', stored.tick_count, expected.tick_count)
        ) as pairs (field, now_stored, now_expected)
        where now_stored is distinct from now_expected
            and (
                field = 'tick_count'
                or (stored.tick_count is not null and expected.tick_count is not null)
            )
            -- among ticks of the same ord either one is a first or a last
            and not (field in ('open', 'close') and exists (
                select from market.ticks
                where ticks.symbol = expected.symbol and ticks.source = expected.source
                    and ts >= bucket and ts < bucket + %1$L
                    and ord = case field when 'open' then first_ord else last_ord end
                    and price = now_stored
            ))
        order by bucket, symbol, source
        $sql$,
        target.width, ops.relation_of(target.child), ops.relation_of(target_level), target_level
    ) using
        from_ticks, last_end, only_symbol, only_source, first_bucket,
        ops.pending_candles(target_level);
end $$;

comment on function ops.candle_mismatches is
'What is wrong with the candles of a level that begin within a range, found from the ticks.';

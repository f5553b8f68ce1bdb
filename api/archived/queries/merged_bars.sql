-- In place of the bars that a page found in the database: these and the ones of candles of the
-- archive, in the order of market.bar_page(). Where both have a bar it is the archive's, since the
-- database's is that of a vendor then, or made of the same trades.
select
    placed.*,
    null::timestamptz as ends_at
from (
    select
        merged.*,
        row_number() over (
            order by
                case when %(share)s::text <> 'by time' then symbol end asc,
                case when %(newest_first)s::boolean then bucket end desc,
                bucket asc,
                symbol asc
        ) as ordinality
    from (
        with made as (
            select
                market.bucket_of(candles.bucket, frame.width, frame.months) as bucket,
                candles.symbol collate "C" as symbol,
                candles.source collate "C" as source,
                coalesce(
                    (
                        array_agg(candles.open order by candles.bucket)
                        filter (where candles.has_regular)
                    )[1],
                    (
                        array_agg(candles.open order by candles.bucket)
                        filter (where candles.open is not null)
                    )[1]
                ) as open,
                max(candles.high) as high,
                min(candles.low) as low,
                coalesce(
                    (
                        array_agg(candles.close order by candles.bucket desc)
                        filter (where candles.has_regular)
                    )[1],
                    (
                        array_agg(candles.close order by candles.bucket)
                        filter (where candles.close is not null)
                    )[1]
                ) as close,
                sum(candles.volume) as volume,
                sum(candles.vwap_volume) as vwap_volume,
                sum(candles.notional) as notional,
                sum(candles.notional) / nullif(sum(candles.vwap_volume), 0) as vwap,
                sum(candles.tick_count)::bigint as tick_count,
                sum(candles.spread_sum) / nullif(sum(candles.spread_count), 0) as mean_spread,
                null::text as vendor
            from json_to_recordset(%(rows)s::json) as candles (
                bucket timestamptz,
                symbol text,
                source text,
                has_regular boolean,
                open numeric,
                high numeric,
                low numeric,
                close numeric,
                volume numeric,
                vwap_volume numeric,
                notional numeric,
                tick_count bigint,
                spread_sum numeric,
                spread_count bigint
            )
            cross join market.timeframe_of(%(timeframe)s::text) as frame
            group by 1, 2, 3
        )

        select * from made
        where open is not null
        union all
        select
            found.bucket,
            found.symbol,
            found.source,
            found.open,
            found.high,
            found.low,
            found.close,
            found.volume,
            found.vwap_volume,
            found.notional,
            found.vwap,
            found.tick_count,
            found.mean_spread,
            found.vendor
        from found
        where not exists (
            select from made
            where made.open is not null
                and made.symbol = found.symbol and made.bucket = found.bucket
        )
    ) as merged
) as placed
where placed.ordinality <= %(limit)s::integer + 1
order by placed.ordinality

-- Not the aggregates' own formulas, but other functions on purpose. Arrays in the order of the
-- columns themselves give first and last.
create or replace function ops.expected_candles(kind text, of_events boolean) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select text
    from (
        values
        ('trades', true, $columns$
            select
                bucket, symbol, source,
                coalesce(regular[1], others[1]) as open,
                high,
                low,
                coalesce(regular[cardinality(regular)], others[1]) as close,
                volume, vwap_volume, notional,
                notional / nullif(vwap_volume, 0) as vwap,
                tick_count,
                coalesce(cardinality(regular), 0) > 0 as has_regular
            from (
                select
                    parent_bucket as bucket, symbol, source,
                    array_agg(price order by ts, ns, seq, tick_id)
                    filter (where moves & 1 > 0) as regular,
                    array_agg(price order by ts, ns, seq, tick_id)
                    filter (where moves & 2 > 0) as others,
                    max(case when moves & 4 > 0 then price end) as high,
                    min(case when moves & 4 > 0 then price end) as low,
                    sum(case when moves & 8 > 0 then size end) as volume,
                    sum(case when moves & 4 > 0 and moves & 8 > 0 then size end) as vwap_volume,
                    sum(case when moves & 4 > 0 and moves & 8 > 0 then price * size end) as notional,
                    sum((moves & 8) / 8)::bigint as tick_count
                from rows_below
                where moves & 15 > 0
                group by parent_bucket, symbol, source
            ) as gathered
        $columns$),
        ('trades', false, $columns$
            select
                bucket, symbol, source,
                coalesce(regular_opens[1], opens[1]) as open,
                high,
                low,
                coalesce(regular_closes[cardinality(regular_closes)], closes[1]) as close,
                volume, vwap_volume, notional,
                notional / nullif(vwap_volume, 0) as vwap,
                tick_count,
                regular_opens is not null as has_regular
            from (
                select
                    parent_bucket as bucket, symbol, source,
                    array_agg(open order by bucket) filter (where has_regular) as regular_opens,
                    array_agg(close order by bucket) filter (where has_regular) as regular_closes,
                    array_agg(open order by bucket) filter (where open is not null) as opens,
                    array_agg(close order by bucket) filter (where close is not null) as closes,
                    max(high) as high,
                    min(low) as low,
                    sum(volume) as volume,
                    sum(vwap_volume) as vwap_volume,
                    sum(notional) as notional,
                    sum(tick_count)::bigint as tick_count
                from rows_below
                group by parent_bucket, symbol, source
            ) as gathered
        $columns$),
        ('quotes', true, $columns$
            select
                bucket, symbol, source,
                bids[1] as bid_open, bid_high, bid_low, bids[cardinality(bids)] as bid_close,
                asks[1] as ask_open, ask_high, ask_low, asks[cardinality(asks)] as ask_close,
                mids[1] as mid_open, mid_high, mid_low, mids[cardinality(mids)] as mid_close,
                bid_volume, ask_volume, spread_sum,
                coalesce(cardinality(mids), 0)::bigint as spread_count,
                spread_sum / nullif(cardinality(mids), 0) as mean_spread,
                quote_count
            from (
                select
                    parent_bucket as bucket, symbol, source,
                    array_agg(bid order by ts, ns, seq, tick_id) filter (where moves & 1 > 0) as bids,
                    array_agg(ask order by ts, ns, seq, tick_id) filter (where moves & 2 > 0) as asks,
                    array_agg(bid * 0.5 + ask * 0.5 order by ts, ns, seq, tick_id)
                    filter (where moves & 4 > 0) as mids,
                    max(case when moves & 1 > 0 then bid end) as bid_high,
                    min(case when moves & 1 > 0 then bid end) as bid_low,
                    max(case when moves & 2 > 0 then ask end) as ask_high,
                    min(case when moves & 2 > 0 then ask end) as ask_low,
                    max(case when moves & 4 > 0 then bid * 0.5 + ask * 0.5 end) as mid_high,
                    min(case when moves & 4 > 0 then bid * 0.5 + ask * 0.5 end) as mid_low,
                    sum(case when moves & 1 > 0 then bid_size end) as bid_volume,
                    sum(case when moves & 2 > 0 then ask_size end) as ask_volume,
                    sum(case when moves & 4 > 0 then ask - bid end) as spread_sum,
                    count(*) as quote_count
                from rows_below
                where moves > 0
                group by parent_bucket, symbol, source
            ) as gathered
        $columns$),
        ('quotes', false, $columns$
            select
                bucket, symbol, source,
                bid_opens[1] as bid_open, bid_high, bid_low,
                bid_closes[cardinality(bid_closes)] as bid_close,
                ask_opens[1] as ask_open, ask_high, ask_low,
                ask_closes[cardinality(ask_closes)] as ask_close,
                mid_opens[1] as mid_open, mid_high, mid_low,
                mid_closes[cardinality(mid_closes)] as mid_close,
                bid_volume, ask_volume, spread_sum, spread_count,
                spread_sum / nullif(spread_count, 0) as mean_spread,
                quote_count
            from (
                select
                    parent_bucket as bucket, symbol, source,
                    array_remove(array_agg(bid_open order by bucket), null) as bid_opens,
                    array_remove(array_agg(bid_close order by bucket), null) as bid_closes,
                    array_remove(array_agg(ask_open order by bucket), null) as ask_opens,
                    array_remove(array_agg(ask_close order by bucket), null) as ask_closes,
                    array_remove(array_agg(mid_open order by bucket), null) as mid_opens,
                    array_remove(array_agg(mid_close order by bucket), null) as mid_closes,
                    max(bid_high) as bid_high,
                    min(bid_low) as bid_low,
                    max(ask_high) as ask_high,
                    min(ask_low) as ask_low,
                    max(mid_high) as mid_high,
                    min(mid_low) as mid_low,
                    sum(bid_volume) as bid_volume,
                    sum(ask_volume) as ask_volume,
                    sum(spread_sum) as spread_sum,
                    sum(spread_count)::bigint as spread_count,
                    sum(quote_count)::bigint as quote_count
                from rows_below
                group by parent_bucket, symbol, source
            ) as gathered
        $columns$)
    ) as expected (kind, of_events, text)
    where expected.kind = $1 and expected.of_events = $2
$$;

comment on function ops.expected_candles is
'The query that verifies candles, over `rows_below`: events, or candles of the level below.';

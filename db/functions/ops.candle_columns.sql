-- The order of a series is total and stands here once: ts, ns, seq, tick_id, as bytes that compare
-- alike. Not as row(ts, ns, seq, tick_id), which partial aggregates cannot pass on: a query over
-- two chunks would fail. Backslashes are doubled, since the cast reads escapes; no byte of an id is
-- ff, so that an event without one comes last. E'' means the same in sessions in which a plain
-- literal has escapes. A bit of `moves` that is not set keeps an event out
-- of a column; the comments of market.trades.moves and market.quotes.moves list the bits.
--
-- A level of candles takes the open and close of its regular children first, and those of other
-- children, whose trades count as first of a bar only, where there are none. The buckets of a level
-- are unique within a series, so first() and last() meet no ties there.
--
-- Half a sum is a product: a division would round to 16 digits.
create or replace function ops.candle_columns(kind text, of_events boolean) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select regexp_replace(
        replace(
            text,
            '{in_order}',
            $key$timestamptz_send(ts) || int2send(ns) || int8send(seq)
            || coalesce(replace(tick_id, E'\\', E'\\\\')::bytea, E'\\xff')$key$
        ),
        -- without casts to integer
        'moves & ([0-9]+) (<>|=) ([0-9]+)',
        E'moves & \\1::smallint \\2 \\3::smallint',
        'g'
    )
    from (
        values
        ('trades', true, $columns$
            coalesce(
                first(price, {in_order}) filter (where moves & 1 <> 0),
                first(price, {in_order}) filter (where moves & 2 <> 0)
            ) as open,
            max(price) filter (where moves & 4 <> 0) as high,
            min(price) filter (where moves & 4 <> 0) as low,
            coalesce(
                last(price, {in_order}) filter (where moves & 1 <> 0),
                first(price, {in_order}) filter (where moves & 2 <> 0)
            ) as close,
            sum(size) filter (where moves & 8 <> 0) as volume,
            sum(size) filter (where moves & 12 = 12) as vwap_volume,
            sum(price * size) filter (where moves & 12 = 12) as notional,
            sum(price * size) filter (where moves & 12 = 12)
            / nullif(sum(size) filter (where moves & 12 = 12), 0) as vwap,
            count(*) filter (where moves & 8 <> 0) as tick_count,
            bool_or(moves & 1 <> 0) as has_regular
        $columns$),
        ('trades', false, $columns$
            coalesce(
                first(open, bucket) filter (where has_regular),
                first(open, bucket) filter (where open is not null)
            ) as open,
            max(high) as high,
            min(low) as low,
            coalesce(
                last(close, bucket) filter (where has_regular),
                first(close, bucket) filter (where close is not null)
            ) as close,
            sum(volume) as volume,
            sum(vwap_volume) as vwap_volume,
            sum(notional) as notional,
            sum(notional) / nullif(sum(vwap_volume), 0) as vwap,
            sum(tick_count)::bigint as tick_count,
            bool_or(has_regular) as has_regular
        $columns$),
        ('quotes', true, $columns$
            first(bid, {in_order}) filter (where moves & 1 <> 0) as bid_open,
            max(bid) filter (where moves & 1 <> 0) as bid_high,
            min(bid) filter (where moves & 1 <> 0) as bid_low,
            last(bid, {in_order}) filter (where moves & 1 <> 0) as bid_close,
            first(ask, {in_order}) filter (where moves & 2 <> 0) as ask_open,
            max(ask) filter (where moves & 2 <> 0) as ask_high,
            min(ask) filter (where moves & 2 <> 0) as ask_low,
            last(ask, {in_order}) filter (where moves & 2 <> 0) as ask_close,
            first((bid + ask) * 0.5, {in_order}) filter (where moves & 4 <> 0) as mid_open,
            max((bid + ask) * 0.5) filter (where moves & 4 <> 0) as mid_high,
            min((bid + ask) * 0.5) filter (where moves & 4 <> 0) as mid_low,
            last((bid + ask) * 0.5, {in_order}) filter (where moves & 4 <> 0) as mid_close,
            sum(bid_size) filter (where moves & 1 <> 0) as bid_volume,
            sum(ask_size) filter (where moves & 2 <> 0) as ask_volume,
            sum(ask - bid) filter (where moves & 4 <> 0) as spread_sum,
            count(*) filter (where moves & 4 <> 0) as spread_count,
            sum(ask - bid) filter (where moves & 4 <> 0)
            / nullif(count(*) filter (where moves & 4 <> 0), 0) as mean_spread,
            count(*) filter (where moves <> 0) as quote_count
        $columns$),
        ('quotes', false, $columns$
            first(bid_open, bucket) filter (where bid_open is not null) as bid_open,
            max(bid_high) as bid_high,
            min(bid_low) as bid_low,
            last(bid_close, bucket) filter (where bid_close is not null) as bid_close,
            first(ask_open, bucket) filter (where ask_open is not null) as ask_open,
            max(ask_high) as ask_high,
            min(ask_low) as ask_low,
            last(ask_close, bucket) filter (where ask_close is not null) as ask_close,
            first(mid_open, bucket) filter (where mid_open is not null) as mid_open,
            max(mid_high) as mid_high,
            min(mid_low) as mid_low,
            last(mid_close, bucket) filter (where mid_close is not null) as mid_close,
            sum(bid_volume) as bid_volume,
            sum(ask_volume) as ask_volume,
            sum(spread_sum) as spread_sum,
            sum(spread_count)::bigint as spread_count,
            sum(spread_sum) / nullif(sum(spread_count), 0) as mean_spread,
            sum(quote_count)::bigint as quote_count
        $columns$)
    ) as columns (kind, of_events, text)
    where columns.kind = $1 and columns.of_events = $2
$$;

comment on function ops.candle_columns is
'The columns of candles as SQL: of trades or quotes themselves, or of candles of a lower level.';

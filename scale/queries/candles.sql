-- sqlfluff:dialect:sparksql
-- The candles of every level, as the database makes them. Statements are apart by semicolons.
--
-- Takes the views `trades` and `quotes`, with the columns of market.trades and market.quotes, and
-- `levels` (level, micros); gives the views `candles` and `quote_candles`, with the level of each.
--
-- Decimals are decimal(38,18). With spark.sql.decimalOperations.allowPrecisionLoss=false and ANSI
-- mode, an operation gives all digits or fails, but for two: casts round, and a quotient is rounded
-- to its 18 decimals. So a cast that may lose digits is cast back and compared with what it was:
-- two decimals of different types are compared by the digits that both can have.

-- A product of two numbers with 18 decimals has 36. It is added up from the products of their whole
-- parts and fractions, each of which fits.
create or replace temporary view measured_trades as
select
    symbol,
    source,
    unix_micros(ts) as at,
    -- The order of a series: an event without an id comes last; ids compare byte by byte.
    struct(ts, ns, seq, tick_id is null as has_no_id, tick_id) as place,
    price,
    size,
    moves,
    case
        when moves & 12 = 12 and size is not null then
            price * cast(whole_size as decimal(20, 0))
            + cast(size_fraction as decimal(38, 18)) * cast(whole_price as decimal(20, 0))
            + case
                when cast(cast(fractions as decimal(38, 18)) as decimal(37, 36)) = fractions
                    then cast(fractions as decimal(38, 18))
                else raise_error(concat(
                    'the product of price and size has more than 18 decimals: ',
                    symbol, ' ', source, ' ', cast(ts as string), ', price ',
                    cast(price as string), ', size ', cast(size as string)
                ))
            end
    end as notional
from (
    select
        *,
        floor(price) as whole_price,
        floor(size) as whole_size,
        cast(size - floor(size) as decimal(18, 18)) as size_fraction,
        cast(price - floor(price) as decimal(18, 18))
        * cast(size - floor(size) as decimal(18, 18)) as fractions
    from trades
    where moves & 15 <> 0
) as parts;

create or replace temporary view minutes as
select
    start,
    symbol,
    source,
    coalesce(
        min_by(price, place) filter (where moves & 1 <> 0),
        min_by(price, place) filter (where moves & 2 <> 0)
    ) as open,
    max(price) filter (where moves & 4 <> 0) as high,
    min(price) filter (where moves & 4 <> 0) as low,
    coalesce(
        max_by(price, place) filter (where moves & 1 <> 0),
        min_by(price, place) filter (where moves & 2 <> 0)
    ) as close,
    sum(size) filter (where moves & 8 <> 0) as volume,
    sum(size) filter (where moves & 12 = 12) as vwap_volume,
    sum(notional) as notional,
    count(*) filter (where moves & 8 <> 0) as tick_count,
    bool_or(moves & 1 <> 0) as has_regular
from (
    select *, at - pmod(at, (select min(micros) from levels)) as start
    from measured_trades
) as placed
group by start, symbol, source;

-- A level takes the open and close of its regular minutes first, and those of other minutes where
-- there are none.
create or replace temporary view candles as
select
    level,
    timestamp_micros(start) as bucket,
    symbol,
    source,
    open,
    high,
    low,
    close,
    volume,
    vwap_volume,
    notional,
    notional / nullif(vwap_volume, 0) as vwap,
    tick_count,
    has_regular
from (
    select
        level,
        start - pmod(start, micros) as start,
        symbol,
        source,
        coalesce(
            min_by(open, start) filter (where has_regular),
            min_by(open, start) filter (where open is not null)
        ) as open,
        max(high) as high,
        min(low) as low,
        coalesce(
            max_by(close, start) filter (where has_regular),
            min_by(close, start) filter (where close is not null)
        ) as close,
        sum(volume) as volume,
        sum(vwap_volume) as vwap_volume,
        sum(notional) as notional,
        sum(tick_count) as tick_count,
        bool_or(has_regular) as has_regular
    from minutes
    cross join levels
    group by level, start - pmod(start, micros), symbol, source
) as sums;

create or replace temporary view measured_quotes as
select
    symbol,
    source,
    unix_micros(ts) as at,
    struct(ts, ns, seq, tick_id is null as has_no_id, tick_id) as place,
    bid,
    ask,
    bid_size,
    ask_size,
    moves,
    case when moves & 4 <> 0 then ask - bid end as spread,
    case
        when moves & 4 = 0 then null
        when cast(cast(middle as decimal(38, 18)) as decimal(38, 19)) = middle
            then cast(middle as decimal(38, 18))
        else raise_error(concat(
            'the middle of bid and ask has more than 18 decimals: ',
            symbol, ' ', source, ' ', cast(ts as string), ', bid ',
            cast(bid as string), ', ask ', cast(ask as string)
        ))
    end as mid
from (select *, (bid + ask) * 0.5 as middle from quotes where moves <> 0) as parts;

create or replace temporary view quote_minutes as
select
    start,
    symbol,
    source,
    min_by(bid, place) filter (where moves & 1 <> 0) as bid_open,
    max(bid) filter (where moves & 1 <> 0) as bid_high,
    min(bid) filter (where moves & 1 <> 0) as bid_low,
    max_by(bid, place) filter (where moves & 1 <> 0) as bid_close,
    min_by(ask, place) filter (where moves & 2 <> 0) as ask_open,
    max(ask) filter (where moves & 2 <> 0) as ask_high,
    min(ask) filter (where moves & 2 <> 0) as ask_low,
    max_by(ask, place) filter (where moves & 2 <> 0) as ask_close,
    min_by(mid, place) filter (where moves & 4 <> 0) as mid_open,
    max(mid) as mid_high,
    min(mid) as mid_low,
    max_by(mid, place) filter (where moves & 4 <> 0) as mid_close,
    sum(bid_size) filter (where moves & 1 <> 0) as bid_volume,
    sum(ask_size) filter (where moves & 2 <> 0) as ask_volume,
    sum(spread) as spread_sum,
    count(*) filter (where moves & 4 <> 0) as spread_count,
    count(*) as quote_count
from (
    select *, at - pmod(at, (select min(micros) from levels)) as start
    from measured_quotes
) as placed
group by start, symbol, source;

create or replace temporary view quote_candles as
select
    level,
    timestamp_micros(start) as bucket,
    symbol,
    source,
    bid_open,
    bid_high,
    bid_low,
    bid_close,
    ask_open,
    ask_high,
    ask_low,
    ask_close,
    mid_open,
    mid_high,
    mid_low,
    mid_close,
    bid_volume,
    ask_volume,
    spread_sum,
    spread_count,
    spread_sum / cast(nullif(spread_count, 0) as decimal(38, 18)) as mean_spread,
    quote_count
from (
    select
        level,
        start - pmod(start, micros) as start,
        symbol,
        source,
        min_by(bid_open, start) filter (where bid_open is not null) as bid_open,
        max(bid_high) as bid_high,
        min(bid_low) as bid_low,
        max_by(bid_close, start) filter (where bid_close is not null) as bid_close,
        min_by(ask_open, start) filter (where ask_open is not null) as ask_open,
        max(ask_high) as ask_high,
        min(ask_low) as ask_low,
        max_by(ask_close, start) filter (where ask_close is not null) as ask_close,
        min_by(mid_open, start) filter (where mid_open is not null) as mid_open,
        max(mid_high) as mid_high,
        min(mid_low) as mid_low,
        max_by(mid_close, start) filter (where mid_close is not null) as mid_close,
        sum(bid_volume) as bid_volume,
        sum(ask_volume) as ask_volume,
        sum(spread_sum) as spread_sum,
        sum(spread_count) as spread_count,
        sum(quote_count) as quote_count
    from quote_minutes
    cross join levels
    group by level, start - pmod(start, micros), symbol, source
) as sums

-- Stores bars, of which none comes twice; returns the place of each that is new or changes the
-- numbers of a stored one, and whether it is new.
with given as materialized (
    select
        (bars.place - 1)::integer as place,
        bar.symbol,
        bar.source,
        bar."interval",
        bar.bucket,
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
        bar.trades,
        bar.final,
        -- A publisher whose clock is ahead must not shut out what comes after it.
        case when bar.received_at > now() then now() else bar.received_at end as received_at
    from json_array_elements(%(lines)s::json) with ordinality as bars (line, place)
    cross join
        json_to_record(bars.line) as bar (
            symbol text,
            source text,
            "interval" text,
            bucket timestamptz,
            open numeric,
            high numeric,
            low numeric,
            close numeric,
            volume numeric,
            trades bigint,
            final boolean,
            received_at timestamptz
        )
),

judged as materialized (
    select
        given.*,
        old.symbol is null as is_new,
        exists (
            select old.open, old.high, old.low, old.close, old.volume, old.trades, old.is_final
            except
            select
                given.open,
                given.high,
                given.low,
                given.close,
                given.volume,
                given.trades,
                given.final
        ) as differs,
        -- whether it is the later word: final, else received later, else after it in Kafka
        case
            when old.is_final <> given.final then given.final
            else coalesce(given.received_at >= old.received_at, not %(replayed)s)
        end as is_later
    from given
    left join market.vendor_bars as old
        on
            given.symbol = old.symbol
            and given.source = old.source
            and given."interval" = old."interval"
            and given.bucket = old.bucket
),

stored as (
    insert into market.vendor_bars as old (
        symbol, source, "interval", bucket, open, high, low, close, volume, trades, is_final,
        received_at, batch
    )
    select
        symbol,
        source,
        "interval",
        bucket,
        open,
        high,
        low,
        close,
        volume,
        trades,
        final,
        received_at,
        %(batch)s
    from judged
    where is_new or is_later
    order by symbol, source, "interval", bucket
    on conflict on constraint vendor_bars_pkey do update
    set
        open = excluded.open,
        high = excluded.high,
        low = excluded.low,
        close = excluded.close,
        volume = excluded.volume,
        trades = excluded.trades,
        is_final = excluded.is_final,
        received_at = excluded.received_at,
        batch = excluded.batch
    where
        (
            old.open, old.high, old.low, old.close, old.volume, old.trades, old.is_final,
            old.received_at
        ) is distinct from (
            excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume,
            excluded.trades, excluded.is_final, excluded.received_at
        )
)

select
    place,
    is_new
from judged
where is_new or (is_later and differs)

-- Stores bars, of which none comes twice; returns the place of each that is new or has changed a
-- stored one, and whether it is new.
with given as materialized (
    select
        bars.place - 1 as place,
        bar.*
    from json_array_elements(%(bars)s::json) with ordinality as bars (line, place)
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
    from given
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
        (not old.is_final or (excluded.is_final and not %(replayed)s))
        and (
            old.open, old.high, old.low, old.close, old.volume, old.trades, old.is_final
        ) is distinct from (
            excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume,
            excluded.trades, excluded.is_final
        )
    returning symbol, source, "interval", bucket, xmax = 0 as is_new
)

select
    given.place::integer as place,
    stored.is_new
from stored
inner join given using (symbol, source, "interval", bucket)

call ops.make_candles(
    %(relation)s,
    array(
        select (symbol, %(since)s::timestamptz, %(until)s::timestamptz)::ops.span
        from unnest(%(symbols)s::text []) as symbol
    )
)

-- The parts of an export: pieces of time in which an instrument has the same symbols, nearly always
-- one, narrowed to the days that have any of its events, by the daily candles as far as these are
-- up to date, and to those that only the archive has.
with pending as materialized (
    select
        since,
        until
    from market.pending()
    where kind = %(kind)s::text and timeframe = '1d'
)

select
    asked.symbol as asked,
    series.source,
    piece.symbols[1] as symbol,
    piece.symbols[2:] as others,
    days.since as first_ts,
    days.until as end_ts
from (
    select symbol from market.instruments where symbol = any(%(symbols)s::text [])
    union
    select symbol from market.names where symbol = any(%(symbols)s::text [])
) as asked
cross join lateral (
    select coalesce(lower(%(source)s::text), market.default_source(asked.symbol)) as source
) as series
cross join lateral market.name_pieces(asked.symbol) as piece
cross join lateral (
    select
        greatest(piece.since, %(start)s::timestamptz) as since,
        least(
            piece.until,
            %(end)s::timestamptz
            + case when %(end_ns)s::integer > 0 then 1 else 0 end * interval '1 microsecond'
        ) as until
) as asked_for
cross join lateral (
    select
        min(stretch.since) as since,
        max(stretch.until) as until
    from (
        select
            since,
            until
        from market.event_stretches(
            %(kind)s::text, piece.symbols, series.source, asked_for.since, asked_for.until, false
        )
        union all
        select
            greatest(pending.since, asked_for.since),
            least(pending.until, asked_for.until)
        from pending
        where pending.since < asked_for.until and pending.until > asked_for.since
        union all
        select
            greatest(lower(gone.days), asked_for.since),
            least(upper(gone.days), asked_for.until)
        from unnest(%(gone)s::tstzmultirange) as gone (days)
        where lower(gone.days) < asked_for.until and upper(gone.days) > asked_for.since
    ) as stretch
) as days
where days.since is not null
order by
    asked.symbol,
    case when %(descending)s::boolean then days.since end desc,
    days.since

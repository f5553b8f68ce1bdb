-- Takes the committed changes before `closed` from the log; those of transactions still
-- under way stay for the next pass. The part of a change that is in later minutes is put back.
create or replace function ops.take_candle_changes(
    kind text, closed timestamptz
) returns ops.span []
language sql
set search_path = pg_catalog, public, pg_temp
as $$
    with taken as (
        delete from ops.candle_changes as change where change.kind = $1 and change.since < closed
        returning *
    ),
    rest as (
        insert into ops.candle_changes (kind, symbol, since, until)
        select taken.kind, taken.symbol, closed, taken.until from taken where taken.until > closed
    ),
    spans as (
        select
            instruments.symbol,
            range_agg(tstzrange(taken.since, least(taken.until, closed))) as merged
        from taken
        inner join market.instruments
            on taken.symbol is null or taken.symbol = instruments.symbol
        group by instruments.symbol
    )
    select coalesce(array_agg((spans.symbol, lower(span), upper(span))::ops.span), '{}')
    from spans, unnest(spans.merged) as span
$$;

comment on function ops.take_candle_changes is
'Empties the log of changes of a kind before a time and returns them merged, per symbol.';

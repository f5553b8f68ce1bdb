create or replace procedure ops.make_candles(relation text, spans ops.span [])
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
    target ops.lifecycle;
    source_rows text;
    first_ts timestamptz;
    last_ts timestamptz;
begin
    select * into target from ops.lifecycle where lifecycle.relation = $1;
    select min(since), max(until) into first_ts, last_ts from unnest(spans);
    execute format($sql$
        delete from ops.%I as candle
        using unnest($1) as span
        where candle.symbol = span.symbol
            and candle.bucket >= span.since and candle.bucket < span.until
            and candle.bucket >= $2 and candle.bucket < $3
    $sql$, relation) using spans, first_ts, last_ts;
    source_rows := format(
        $sql$(
            select source_row.*
            from unnest($1) as span
            inner join %1$s as source_row
                on source_row.symbol = span.symbol
                    and source_row.%2$I >= span.since and source_row.%2$I < span.until
            where source_row.%2$I >= $2 and source_row.%2$I < $3
        ) as source_rows$sql$,
        ops.hypertable_of(target.child),
        case when target.child = target.kind then 'ts' else 'bucket' end
    );
    if target.child = target.kind then
        -- To fetch a twelfth of the chunks row by row through the index takes longer
        -- than to read them whole: 6.9 s against 4.2 s for 3 million ticks of two hours.
        perform set_config('enable_nestloop', 'off', true)
        from unnest(spans) as span
        having sum(span.until - span.since) >= (
            select count(*) * greatest(last_ts - first_ts, lifecycle.chunk) / 12
            from market.instruments
            cross join ops.lifecycle
            where lifecycle.relation = target.kind
            group by lifecycle.chunk
        );
    end if;
    execute format('insert into ops.%I %s', relation, ops.candle_query(relation, source_rows))
    using spans, first_ts, last_ts;
    set local enable_nestloop to default;
end $$;

comment on procedure ops.make_candles is
'Replaces the stored candles of one relation within the spans.';

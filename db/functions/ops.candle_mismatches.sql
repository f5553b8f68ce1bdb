-- Where the events are gone a level is made from the level below it, whose candles are all there
-- is. Stable, so that events, candles and the log of changes are seen at one moment.
create or replace function ops.candle_mismatches(
    relation text, since timestamptz, until timestamptz,
    only_symbol text default null, only_source text default null
) returns setof ops.candle_difference
language plpgsql stable
set search_path = pg_catalog, public
set timezone = 'UTC'
as $$
declare
    target record;
    first_bucket timestamptz;
    from_events timestamptz;
    last_end timestamptz;
    counted text;
begin
    select lifecycle.*, retention_floors.floor_ts into strict target
    from ops.lifecycle inner join ops.retention_floors using (relation)
    where lifecycle.relation = $1;
    first_bucket := greatest(
        ops.next_bucket(target.width, since),
        ops.next_bucket(target.width, target.floor_ts),
        ops.first_bucket(target.relation)
    );
    last_end := ops.next_bucket(target.width, until);
    from_events := greatest(first_bucket, (
        select ops.next_bucket(target.width, floors.floor_ts)
        from ops.retention_floors as floors where floors.relation = target.kind
    ));
    counted := case target.kind when 'trades' then 'tick_count' else 'quote_count' end;
    return query execute format(
        $sql$
        with expected as (
            with rows_below as (
                select date_bin(%1$L, event.ts, '2000-01-01 00:00+00') as parent_bucket, event.*
                from market.%2$I as event
                where event.ts >= $1 and event.ts < $2
                    and ($3 is null or event.symbol = $3) and ($4 is null or event.source = $4)
            )
            %3$s
            $sql$ || case when target.child <> target.kind then $sql$
            union all
            (
                with rows_below as (
                    select
                        date_bin(%1$L, candle.bucket, '2000-01-01 00:00+00') as parent_bucket,
                        candle.*
                    from market.%4$I as candle
                    where candle.bucket >= $5 and candle.bucket < least($1, $2)
                        and ($3 is null or candle.symbol = $3)
                        and ($4 is null or candle.source = $4)
                )
                %5$s
            )
            $sql$ else '' end || $sql$
        ),
        stored as (
            select *
            from market.%6$I
            where bucket >= $5 and bucket < $2
                and ($3 is null or symbol = $3) and ($4 is null or source = $4)
        )
        select
            %6$L, bucket, symbol, source, field, now_stored, now_expected,
            case
                when stored.%7$I is null then 'missing'
                when expected.%7$I is null then 'extra'
                else 'different'
            end,
            coalesce(tstzrange(bucket, bucket + %1$L) && $6, false)
        from expected
        full join stored using (bucket, symbol, source)
        cross join lateral (values %8$s) as pairs (field, now_stored, now_expected)
        where now_stored is distinct from now_expected
            and (
                field = %7$L
                or (stored.%7$I is not null and expected.%7$I is not null)
            )
        order by bucket, symbol, source
        $sql$,
        target.width, target.kind, ops.expected_candles(target.kind, true),
        target.child, ops.expected_candles(target.kind, false),
        target.relation, counted, ops.candle_fields(target.relation)
    ) using
        from_events, last_end, only_symbol, only_source, first_bucket,
        ops.pending_candles(target.relation);
end $$;

comment on function ops.candle_mismatches is
'What is wrong with the candles of a relation that begin within a range, found from the events.';

-- One statement per call, so that events, candles and the log of changes are seen at one moment.
-- One sort serves all ordered aggregates of a level: for that it has to be by group, and is twice
-- as fast by bucket first as by symbol first. A merge join would sort both its sides once more.
create or replace function ops.compare_candles(
    relations text [], since timestamptz, until timestamptz,
    only_symbol text default null, only_source text default null
) returns setof ops.candle_comparison
language plpgsql stable
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC'
set work_mem = '64MB'
set enable_mergejoin = off
set max_parallel_workers_per_gather = 0
set jit = off
as $$
declare
    level record;
    expected text [];
    counted text [];
    differing text [];
begin
    for level in
        select * from ops.compared_levels(relations, since, until) order by "position"
    loop
        expected := expected || format(
            '%I as materialized (%s)',
            'expected_' || level.relation,
            concat_ws(
                ' union all ',
                ops.expected_query(
                    level.kind, level.below is null,
                    coalesce('expected_' || level.below, 'market.' || level.kind),
                    level.width, level.below_since, level.events_until
                ),
                ops.expected_query(
                    level.kind, false, 'market.' || level.child,
                    level.width, level.first_bucket, level.child_until
                )
            )
        );
        counted := counted || format(
            'select %L as relation, count(*) from %I where bucket >= %L and bucket < %L',
            level.relation, 'expected_' || level.relation, level.first_bucket, until
        );
        differing := differing
        || ops.comparison_query(level.relation, level.width, level.first_bucket, until);
    end loop;
    if expected is null then
        return;
    end if;
    return query execute format(
        $sql$
        with %s,
        counted (relation, expected) as (%s),
        differing as (%s),
        numbered as (
            select
                *,
                row_number() over (partition by relation, pending order by bucket, symbol, source)
                as nth
            from differing
        )
        select
            relation,
            counted.expected + tally.extra - tally.missing,
            tally.wrong,
            array(
                select hash_record_extended((bucket, symbol, source, stored), 0)
                from numbered
                where numbered.relation = counted.relation and pending
            ),
            array(
                select (relation, bucket, symbol, source, field, is_stored, is_expected, fault)
                ::ops.candle_difference
                from numbered
                cross join lateral unnest(fields, stored, expected)
                with ordinality as figures (field, is_stored, is_expected, field_nth)
                where numbered.relation = counted.relation
                    and not pending
                    and nth <= 20
                    and is_stored is distinct from is_expected
                    and (fault = 'different' or field in ('tick_count', 'quote_count'))
                order by nth, field_nth
            )
        from counted
        cross join lateral (
            select
                count(*) filter (where fault = 'missing') as missing,
                count(*) filter (where fault = 'extra') as extra,
                count(*) filter (where not pending) as wrong
            from numbered
            where numbered.relation = counted.relation
        ) as tally
        order by array_position($3, relation)
        $sql$,
        array_to_string(expected, ', '),
        array_to_string(counted, ' union all '),
        array_to_string(differing, ' union all ')
    ) using only_symbol, only_source, relations;
end $$;

comment on function ops.compare_candles is
'Compares candles of some relations that begin within a range with what the events make of them.';

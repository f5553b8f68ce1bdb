-- Candles of the database (stored) and others of the same range. A quotient has the digits of its
-- engine: both have to be the exact one of their sums, rounded to what the engine keeps.
with stored as (
    select *
    from market.{relation}
    where bucket >= %(since)s and bucket < %(until)s
        and (%(symbol)s::text is null or symbol = %(symbol)s)
        and (%(source)s::text is null or source = %(source)s)
),
compared as (
    select
        bucket,
        symbol,
        source,
        case
            when stored.bucket is null then 'missing'
            when others.bucket is null then 'extra'
            else 'different'
        end as fault,
        case when stored.bucket is not null then array[{stored_numbers}] end as is_stored,
        case when others.bucket is not null then array[{other_numbers}] end as is_expected
    from stored
    full join (
        select *, round({dividend}, 80) / nullif({divisor}, 0) as exact
        from pg_temp.others
    ) as others using (bucket, symbol, source)
),
wrong as (
    select
        *,
        tstzrange(bucket, bucket + %(width)s) && (select ops.pending_candles(%(relation)s))
        as pending
    from compared
    where is_stored is distinct from is_expected
)
select
    (select count(*) from compared) as candles,
    (select count(*) from wrong where not pending) as wrong,
    (select count(*) from wrong where pending) as pending,
    array(
        select json_build_array(
            bucket, symbol, source, field, figure_stored::text, figure_expected::text, fault
        )
        from (
            select * from wrong where not pending order by bucket, symbol, source limit 20
        ) as listed
        cross join lateral unnest(%(fields)s::text [], is_stored, is_expected)
        with ordinality as figures (field, figure_stored, figure_expected, nth)
        where figure_stored is distinct from figure_expected
            and (fault = 'different' or field in ('tick_count', 'quote_count'))
        order by bucket, symbol, source, nth
    ) as first

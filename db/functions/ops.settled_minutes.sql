create or replace function ops.settled_minutes() returns tstzmultirange
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select tstzmultirange(tstzrange('-infinity', marks.watermark)) - coalesce(
        (
            select
                range_agg(tstzrange(
                    date_bin('1 minute', lower(span), '2000-01-01 00:00+00'),
                    ops.next_bucket('1 minute', upper(span))
                ))
            from unnest(ops.pending_candles('candles_1m')) as span
        ),
        '{}'
    )
    from ops.watermarks as marks
    where marks.relation = 'candles_1m'
$$;

comment on function ops.settled_minutes is
'The minutes whose stored candles of trades hold all of their trades.';

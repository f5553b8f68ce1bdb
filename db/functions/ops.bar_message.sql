-- The bytes depend on the values alone: 1.5 and 1.50 give the same.
create or replace function ops.bar_message(
    bucket timestamptz, symbol text, source text, revision integer,
    open numeric, high numeric, low numeric, close numeric,
    volume numeric, vwap numeric, tick_count bigint
) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select json_strip_nulls(row_to_json(bar))::text
    from (
        select
            1 as v,
            'bar' as kind,
            $3 as source,
            $2 as symbol,
            '1m' as interval,
            to_char($1 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as bar_start,
            trim_scale($5)::text as open,
            trim_scale($6)::text as high,
            trim_scale($7)::text as low,
            trim_scale($8)::text as close,
            trim_scale($9)::text as volume,
            trim_scale($10)::text as vwap,
            coalesce($11, 0) as tick_count,
            $4 as revision,
            true as final,
            case when $11 is null then true end as deleted
    ) as bar
$$;

comment on function ops.bar_message is
'A bar of 1m as its message; one without a tick_count says that its last trade is gone.';

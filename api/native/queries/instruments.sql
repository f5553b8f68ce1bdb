-- {"symbols": [{...}]}: the reference data of all instruments.
select '{"symbols":[' || coalesce(string_agg(row_to_json(instrument)::text, ','), '') || ']}'
from (
    select
        symbol,
        asset_class,
        base,
        quote,
        price_scale,
        primary_source,
        rtrim(
            rtrim(to_char(first_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.'
        ) || 'Z' as first_seen_at,
        rtrim(
            rtrim(to_char(last_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.'
        ) || 'Z' as last_seen_at
    from market.instruments
    order by symbol
) as instrument

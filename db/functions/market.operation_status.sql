-- Readers cannot read ops; this is what they get to see of it.
create or replace function market.operation_status(most_series integer default 500)
returns json
language sql stable
security definer
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO' -- market.time_json() relies on it
as $$
    select json_build_object(
        'at', market.time_json(now())::json,
        'edition',
        case current_setting('timescaledb.license', true)
            when 'timescale' then 'community' else 'apache'
        end,
        'timescaledb', (select extversion from pg_extension where extname = 'timescaledb'),
        'postgresql', split_part(current_setting('server_version'), ' ', 1),
        'is_replica', pg_is_in_recovery(),
        'loading', ops.status_of_loading(),
        'rejects', ops.status_of_rejects(),
        'feeds', ops.status_of_feeds($1),
        'histories', ops.status_of_histories(false),
        'candles', ops.status_of_candles(),
        'relations', ops.status_of_relations(),
        'database_bytes', pg_database_size(current_database()),
        'jobs', ops.status_of_jobs()
    )
$$;

comment on function market.operation_status is
'All that an operator wants to know of loaders, feeds, candles, sizes and jobs, for
`stockpulse status` and the page /status; gaps are looked for in most_series of the series that may
have some.';

revoke execute on function market.operation_status from public;
grant execute on function market.operation_status to stockpulse_reader;

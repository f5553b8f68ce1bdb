-- {"edition": ..., ...}: what a reader may know of the state of the database.
select
    '{"edition":'
    || case current_setting('timescaledb.license', true)
        when 'timescale' then '"community"' else '"apache"'
    end
    || ',"timescaledb":'
    || (select to_json(extversion) from pg_extension where extname = 'timescaledb')
    || ',"postgresql":' || to_json(split_part(current_setting('server_version'), ' ', 1))
    || ',"last_stored":'
    || coalesce(
        (
            select market.time_json(max(last_seen_at), 0, %(ts)s::text, %(tz)s::text)
            from market.instruments
        ),
        'null'
    )
    || ',"candles":['
    || coalesce(
        (
            select
                string_agg(
                    '{"kind":' || to_json(kind) || ',"timeframe":' || to_json(timeframe)
                    || ',"stored_until":'
                    || coalesce(
                        market.time_json(stored_until, 0, %(ts)s::text, %(tz)s::text), 'null'
                    )
                    || ',"lag_seconds":'
                    || coalesce(
                        round(greatest(0, extract(epoch from now() - stored_until)))::text, 'null'
                    )
                    || '}',
                    ',' order by ordinality
                )
            from market.stored_candles() with ordinality
        ),
        ''
    )
    || '],"pending":['
    || coalesce(
        (
            select
                string_agg(
                    '{"kind":' || to_json(kind) || ',"timeframe":' || to_json(timeframe)
                    || ',"start":' || market.time_json(since, 0, %(ts)s::text, %(tz)s::text)
                    || ',"end":' || market.time_json(until, 0, %(ts)s::text, %(tz)s::text) || '}',
                    ',' order by ordinality
                )
            from market.pending() with ordinality
        ),
        ''
    )
    || '],"feeds":['
    || coalesce(
        (
            select
                string_agg(
                    '{"source":' || to_json(source) || ',"open_sessions":' || open_sessions
                    || ',"newest_marker":'
                    || market.time_json(newest_marker_at, 0, %(ts)s::text, %(tz)s::text) || '}',
                    ',' order by ordinality
                )
            from market.feeds() with ordinality
        ),
        ''
    )
    || ']}'

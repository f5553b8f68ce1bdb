create or replace function ops.status_of_loading() returns json
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with day as materialized (
        select * from ops.load_batches where loaded_at > now() - interval '1 day'
    ),
    last_batch as (
        select loaded_at, newest_ts, messages, seconds from day order by loaded_at desc limit 1
    )
    select json_build_object(
        'last_batch_at', market.time_json(max(loaded_at))::json,
        'last_batch_messages', (select messages from last_batch),
        'last_batch_seconds', (select round(seconds::numeric, 3) from last_batch),
        'last_batch_delay_seconds',
        (select round(extract(epoch from loaded_at - newest_ts), 3) from last_batch),
        'newest_event_at', market.time_json(max(newest_ts))::json,
        'trades_last_minute',
        coalesce(sum(trades) filter (where loaded_at > now() - interval '1 minute'), 0),
        'quotes_last_minute',
        coalesce(sum(quotes) filter (where loaded_at > now() - interval '1 minute'), 0),
        'messages', coalesce(sum(messages), 0),
        'stored', coalesce(sum(stored), 0),
        'duplicates', coalesce(sum(duplicates), 0),
        'amended', coalesce(sum(amended), 0),
        'rejected', coalesce(sum(rejected), 0),
        'ignored', coalesce(sum(ignored), 0),
        'waiting_amendments', (select count(*) from ops.amendments where applied_at is null),
        'topics',
        (
            select coalesce(json_agg(topics order by topic), '[]')
            from (
                select
                    topic,
                    count(*) as partitions,
                    market.time_json(max(updated_at))::json as stored_at
                from ops.kafka_offsets
                group by topic
            ) as topics
        )
    )
    from day
$$;

comment on function ops.status_of_loading is
'What loaders stored in the last day and in their last batch, as market.operation_status() has it.';

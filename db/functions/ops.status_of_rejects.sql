-- Their table has no index but the id's: of a flood the newest alone are told apart.
create or replace function ops.status_of_rejects() returns json
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select json_build_object(
        'messages', (select count(*) from ops.rejects),
        'oldest_at',
        (select market.time_json(rejected_at)::json from ops.rejects order by id limit 1),
        'reasons',
        (
            select coalesce(json_agg(reasons order by messages desc, reason), '[]')
            from (
                select
                    reason,
                    count(*) as messages,
                    market.time_json(max(rejected_at))::json as newest_at
                from (
                    select reason, rejected_at from ops.rejects order by id desc limit 10000
                ) as newest
                group by reason
            ) as reasons
        )
    )
$$;

comment on function ops.status_of_rejects is
'Messages in ops.rejects, and the reasons of the newest 10,000, as market.operation_status() has
them.';

-- Why a run failed is for operators: it may have the address of a vendor, with a key.
create or replace function ops.status_of_histories(with_faults boolean) returns json
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        json_agg(
            json_build_object(
                'history', history,
                'kind', kind,
                'state', state,
                'ran_at', market.time_json(ran_at)::json,
                'next_at', market.time_json(next_at)::json,
                'result', case when $1 or state = 'done' then result end
            )
            order by history, kind
        ),
        '[]'
    )
    from ops.newest_runs()
$$;

comment on function ops.status_of_histories is
'The newest run of each kind of every history, as market.operation_status() has it; with_faults:
and why it failed.';

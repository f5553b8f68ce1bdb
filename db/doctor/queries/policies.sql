with wanted as (
    select
        'policy_compression' as proc_name,
        ops.store_of(relation)::text as relation,
        ops.hypertable_of(relation)::text as store
    from ops.lifecycle
    where columnstore_after is not null
    union all
    select
        'ops.' || name,
        null,
        null
    from unnest(
        '{apply_retention, refresh_candles, refresh_if_late, verify_sample}'::text []
    ) as name
),
jobs as (
    select
        job_id,
        case proc_schema when 'ops' then 'ops.' || proc_name else proc_name end as proc_name,
        format('%I.%I', hypertable_schema, hypertable_name) as relation,
        scheduled
    from timescaledb_information.jobs
)
select
    format(
        'job %s%s is %s',
        wanted.proc_name,
        ' of ' || wanted.relation,
        case when job_id is null then 'missing' else 'disabled' end
    )
from wanted
left join jobs
    on
        wanted.proc_name = jobs.proc_name
        and (wanted.relation is null or jobs.relation in (wanted.relation, wanted.store))
where scheduled is distinct from true
order by 1

-- All that is archived, and its columns in their order.
with relations as (
    select
        relation,
        "position",
        format('market.%I', relation)::regclass as store,
        case when child is null then 'ts' else 'bucket' end as time,
        kind
    from ops.lifecycle
    where not live
    union all
    select
        'amendments' as relation,
        -1 as "position",
        'ops.amendments'::regclass as store,
        'ts' as time,
        null as kind
)
select
    relation,
    store::text as store,
    time,
    kind,
    json_agg(
        json_build_object('name', attname, 'type', format_type(atttypid, null)) order by attnum
    ) as columns
from relations
inner join pg_catalog.pg_attribute on store = attrelid and attnum > 0 and not attisdropped
group by relation, store, time, kind, "position"
order by "position"

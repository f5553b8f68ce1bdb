with sources as materialized (
    select * from ops.metrics_of_sources()
)
select
    'stockpulse_source_last_event_timestamp_seconds' as gauge,
    array[source] as labels,
    extract(epoch from newest_event_at)::double precision as value
from sources
union all
select
    'stockpulse_source_silent_seconds',
    array[source],
    extract(epoch from silent)
from sources
where silent is not null

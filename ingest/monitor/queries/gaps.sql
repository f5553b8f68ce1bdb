select
    'stockpulse_source_open_gaps' as gauge,
    array[source] as labels,
    gaps::double precision as value
from ops.metrics_of_gaps()

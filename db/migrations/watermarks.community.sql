-- Not cagg_watermark(), which may be newer than the snapshot that the rest is read at.
create view ops.watermarks as
select
    lifecycle.relation,
    coalesce(
        -- the first moment that timestamptz knows stands for: nothing yet
        nullif(
            _timescaledb_functions.to_timestamp(mark.watermark), '4714-11-24 00:00+00 BC'
        ),
        '-infinity'
    ) as watermark,
    case when live then floors.floor_ts else '-infinity' end as first_stored
from ops.lifecycle
inner join ops.retention_floors as floors on lifecycle.relation = floors.relation
inner join _timescaledb_catalog.continuous_agg as cagg
    on cagg.user_view_schema = 'ops' and lifecycle.relation = cagg.user_view_name
inner join _timescaledb_catalog.continuous_aggs_watermark as mark
    on cagg.mat_hypertable_id = mark.mat_hypertable_id;

comment on view ops.watermarks is
'Stored are candles with first_stored <= bucket < watermark; others are computed when read.';

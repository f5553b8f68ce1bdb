create view ops.watermarks as
select
    lifecycle.relation,
    mark.watermark,
    case when live then floors.floor_ts else '-infinity' end as first_stored
from ops.lifecycle
inner join ops.candle_watermarks as mark on lifecycle.relation = mark.relation
inner join ops.retention_floors as floors on lifecycle.relation = floors.relation;

comment on view ops.watermarks is
'Stored are candles with first_stored <= bucket < watermark; others are computed when read.';

-- The given objects have the columns of the table; the inner record is for those that they leave
-- out: came_at, and an id, which is overridden.
insert into ops.late_events overriding user value
select late.*
from json_populate_recordset(
    json_populate_record(
        null::ops.late_events, json_build_object('id', 0, 'came_at', clock_timestamp())
    ),
    %(events)s::json
) as late
where not ops.is_stored(late.kind, late.ts, late.symbol, late.source, late.tick_id)
on conflict do nothing
returning kind, topic, "partition", "offset"

-- The given objects have the columns of the table; the inner record is for those that they leave
-- out: came_at, and an id, which is overridden.
insert into ops.late_ticks overriding user value
select late.*
from json_populate_recordset(
    json_populate_record(
        null::ops.late_ticks, json_build_object('id', 0, 'came_at', clock_timestamp())
    ),
    %(ticks)s::json
) as late
where
    not exists (
        select from ops.tick_corrections as cancelled
        where
            cancelled.action = 'cancel'
            and cancelled.ts = late.ts and cancelled.symbol = late.symbol
            and cancelled.source = late.source and cancelled.tick_id = late.tick_id
    )
    and not ops.is_stored(late.ts, late.symbol, late.source, late.tick_id)
on conflict do nothing

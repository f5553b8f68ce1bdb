-- What is stored of a live level is one range. It begins where the stored minutes end, and begins
-- again there if the refresher was away for long. Never after it: until the next minute is stored,
-- candles of minutes are read from it.
create or replace function ops.start_live_level(
    relation text, closed timestamptz
) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    target record;
    minutes_end timestamptz;
begin
    select lifecycle.kind, lifecycle.keep, marks.watermark, marks.first_stored into target
    from ops.lifecycle
    inner join ops.watermarks as marks using (relation)
    where lifecycle.relation = $1;
    if target.keep <= interval '0' then
        update ops.retention_floors as floors
        set floor_ts = target.watermark
        where floors.relation = $1 and floor_ts < target.watermark;
        return false;
    end if;
    select marks.watermark into minutes_end
    from ops.lifecycle as lowest
    inner join ops.watermarks as marks using (relation)
    where lowest.child = target.kind and not lowest.live;
    if minutes_end < closed - interval '10 minutes' then
        return false; -- of so many minutes candles are made from events
    end if;
    if isfinite(target.first_stored) and target.first_stored > minutes_end then
        return false; -- it was switched off and on
    end if;
    if target.watermark < minutes_end - interval '10 minutes'
        or not isfinite(target.first_stored)
    then
        update ops.retention_floors as floors
        set floor_ts = minutes_end
        where floors.relation = $1;
    end if;
    return true;
end $$;

comment on function ops.start_live_level is
'Sets the start of the stored range of a live level; false: the level is not to be refreshed.';

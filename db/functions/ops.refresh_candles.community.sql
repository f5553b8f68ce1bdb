-- One refresher for all levels and times, run every few seconds, instead of a policy per level: the
-- refreshes of two policies that overlap fail, and that of a level may come before its child's.
-- No slice reaches below the floors; ops.apply_retention() drops nothing meanwhile.
create or replace procedure ops.refresh_candles(
    job_id integer default null, config jsonb default null
)
language plpgsql
as $$
begin
    if not pg_try_advisory_lock_shared(hashtext('ops.retention_floors')) then
        return;
    end if;
    if pg_try_advisory_lock(hashtext('ops.refresh_candles')) then
        call ops.refresh_levels(
            clock_timestamp() + coalesce((config ->> 'longest')::interval, interval '1 minute')
        );
        perform pg_advisory_unlock(hashtext('ops.refresh_candles'));
    end if;
    perform pg_advisory_unlock_shared(hashtext('ops.retention_floors'));
end $$;

comment on procedure ops.refresh_candles is
'Brings the candles of all levels up to date with their events, for a limited time; a job.';

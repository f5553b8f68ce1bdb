set local role stockpulse_owner;

-- include functions/ops.is_stale.sql

-- include functions/ops.droppable.sql

-- include functions/ops.jobs_of.sql

-- include functions/ops.apply_lifecycle.sql

-- include functions/ops.candle_invalidations.sql

-- include functions/ops.candle_slices.sql

-- include functions/ops.has_candles.sql

-- include functions/ops.analyze_slices.sql

create table ops.refreshed (
    relation text collate "C" not null,
    until timestamptz not null,
    constraint refreshed_pkey primary key (relation),
    constraint refreshed_relation foreign key (relation) references ops.lifecycle (relation)
    on delete cascade
);

comment on table ops.refreshed is 'How far ops.refresh_candles() has come, by relation of candles.';
comment on column ops.refreshed.until is 'End of the last bucket that was closed at its last run.';

-- include functions/ops.is_behind.sql

-- include functions/ops.candles_are_due.sql

-- include functions/ops.refresh_gaps.sql

-- include functions/ops.refresh_tail.sql

-- include functions/ops.refresh_levels.sql

-- include functions/ops.refresh_candles.sql

-- include functions/ops.refresh_if_late.sql

-- include functions/ops.apply_retention.sql

call ops.apply_lifecycle();

-- After a failure it is tried again at once: nothing else refreshes.
select alter_job(
    add_job('ops.refresh_candles', interval '3 seconds', fixed_schedule => false),
    retry_period => interval '3 seconds'
);

select alter_job(
    add_job('ops.refresh_if_late', interval '10 seconds', fixed_schedule => false),
    retry_period => interval '10 seconds'
);

reset role;

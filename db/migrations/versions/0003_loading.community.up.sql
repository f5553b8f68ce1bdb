set local role stockpulse_owner;

-- include functions/ops.reject_late_events.sql

-- include functions/ops.store_late_events.sql

-- include functions/ops.flush_late_events.sql

-- Events that are amended, or are there at another precision, may reach into more of the
-- columnstore than one transaction is granted.
do $$
declare
    target text;
begin
    foreach target in array array[
        'ops.store_trades(boolean)',
        'ops.store_quotes(boolean)',
        'ops.store_late_events(bigint [])',
        'ops.amend(json)',
        'ops.replace_range(text, integer, bigint, bigint, text, text, text, text,'
        ' timestamptz, timestamptz)'
    ] loop
        execute format(
            'alter function %s set timescaledb.max_tuples_decompressed_per_dml_transaction = 0',
            target::regprocedure
        );
    end loop;
end $$;

reset role;

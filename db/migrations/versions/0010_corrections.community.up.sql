set local role stockpulse_owner;

-- What is amended may reach into more of the columnstore than one transaction is granted.
do $$
begin
    alter function ops.correct_ticks(json)
    set timescaledb.max_tuples_decompressed_per_dml_transaction = 0;
    alter function
    ops.replace_ticks(text, integer, bigint, text, text, text, timestamptz, timestamptz)
    set timescaledb.max_tuples_decompressed_per_dml_transaction = 0;
end $$;

reset role;

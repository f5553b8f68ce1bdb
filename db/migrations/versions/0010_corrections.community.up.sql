set local role stockpulse_owner;

-- Amendments may decompress more rows of the columnstore than TimescaleDB allows per transaction.
do $$
begin
    alter function ops.correct_ticks(json)
    set timescaledb.max_tuples_decompressed_per_dml_transaction = 0;
    alter function
    ops.replace_ticks(text, integer, bigint, text, text, text, timestamptz, timestamptz)
    set timescaledb.max_tuples_decompressed_per_dml_transaction = 0;
end $$;

reset role;

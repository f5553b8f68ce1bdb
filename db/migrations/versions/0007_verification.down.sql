-- Loses the results of verifications.
drop function ops.stored_until(text);
drop procedure ops.verify_sample(integer, jsonb);
drop function ops.describe_difference(ops.candle_difference);
drop function ops.candle_sample(integer, text, timestamptz, timestamptz);
drop function ops.candle_days(timestamptz, timestamptz);
drop function ops.count_candles(text, timestamptz, timestamptz, text, text);
drop function ops.candle_mismatches(text, timestamptz, timestamptz, text, text);
drop function ops.candle_fields(text);
drop function ops.expected_candles(text, boolean);
drop type ops.candle_difference;
drop table ops.verifications;

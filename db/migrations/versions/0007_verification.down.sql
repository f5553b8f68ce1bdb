-- Loses the results of verifications.
drop procedure ops.verify_sample(integer, jsonb);
drop function ops.describe_difference(ops.candle_difference);
drop function ops.candle_sample(integer, text, timestamptz, timestamptz);
drop function ops.verify_slices(timestamptz, timestamptz, bigint);
drop function ops.compare_candles(text [], timestamptz, timestamptz, text, text);
drop function ops.comparison_query(text, interval, timestamptz, timestamptz);
drop function ops.candle_fields(text, text);
drop function ops.expected_query(text, boolean, text, interval, timestamptz, timestamptz);
drop function ops.expected_candles(text, boolean);
drop function ops.compared_levels(text [], timestamptz, timestamptz);
drop function ops.verified_levels();
drop type ops.candle_comparison;
drop type ops.candle_difference;
drop table ops.verifications;

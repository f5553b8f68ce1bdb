-- Loses the old values of corrected ticks, and which ticks were cancelled.
alter table ops.load_batches drop column corrections;
drop function ops.count_ticks(text, text, timestamptz, timestamptz);
drop function ops.replace_ticks(
    text, integer, bigint, text, text, text, timestamptz, timestamptz
);
drop function ops.correct_ticks(json);
drop table ops.replacements;
drop table ops.tick_corrections;

-- Loses late ticks that wait because their loader died and no other has started since.
drop function ops.is_stored(timestamptz, text, text, text);
drop table ops.late_ticks;

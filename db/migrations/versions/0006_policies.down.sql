drop function ops.drop_in_pieces(text, bigint, date []);
drop function ops.note_dropped(text, tstzmultirange, boolean);
drop function ops.still_settled(text, date [], bigint, timestamptz);
drop function ops.drops_in_pieces(text);
drop procedure ops.drop_batches();
drop function ops.next_bucket(interval, timestamptz);
drop function ops.expired(text, interval);

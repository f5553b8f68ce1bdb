drop procedure ops.drop_batches();
drop function ops.next_bucket(interval, timestamptz);
drop function ops.expired(text, interval);

drop function ops.expired(text, interval);

select pg_try_advisory_lock(hashtext('stockpulse spark')::bigint)

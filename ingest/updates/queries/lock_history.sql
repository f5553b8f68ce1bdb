-- The lock goes with the session: a run that was killed is free at once.
select pg_try_advisory_lock(%(class)s, hashtext(%(history)s))

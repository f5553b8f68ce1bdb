-- No other refresh of any level runs while this session holds the lock.
select pg_advisory_lock(hashtext('ops.refresh_candles'))

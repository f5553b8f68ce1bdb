select pg_advisory_unlock(hashtext('ops.refresh_candles'))

select pg_advisory_xact_lock(hashtext('market.refresh_candles'))

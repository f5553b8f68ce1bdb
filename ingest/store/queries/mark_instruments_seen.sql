update market.instruments set last_seen_at = clock_timestamp()
where symbol = any(%(symbols)s)

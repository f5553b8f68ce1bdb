create temporary table if not exists staging (like market.ticks) on commit delete rows

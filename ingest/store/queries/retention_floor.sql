select floor_ts from ops.floors where level = 'ticks' and isfinite(floor_ts)

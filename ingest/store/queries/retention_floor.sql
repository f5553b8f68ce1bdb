select floor_ts from ops.retention_floors where level = 'ticks' and isfinite(floor_ts)

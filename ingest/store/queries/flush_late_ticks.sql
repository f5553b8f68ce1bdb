call ops.flush_late_ticks()

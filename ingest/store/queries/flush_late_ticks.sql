call ops.move_late_ticks()
